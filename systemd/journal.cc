// SPDX-License-Identifier: Apache-2.0
#include "systemd/journal.h"

#include <systemd/sd-journal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// More is of no use to anybody here; sd-journal then also decompresses no more of a field.
constexpr std::size_t kThreshold = 8 << 10;

}  // namespace

void Journal::Close::operator()(sd_journal* journal) const { sd_journal_close(journal); }

Result<Journal> Journal::Open(int directory) {
  sd_journal* raw = nullptr;
  const int r = sd_journal_open_directory_fd(&raw, directory, SD_JOURNAL_SYSTEM);
  if (r < 0) {
    const auto code = r == -ENOENT                    ? ErrorCode::kNotFound
                      : r == -EACCES || r == -EPERM   ? ErrorCode::kPermission
                      : r == -ENOTDIR || r == -EBADFD ? ErrorCode::kInvalid
                                                      : ErrorCode::kIo;
    return Fail(code, Cat("opening the journal: ", std::generic_category().message(-r)));
  }
  Journal journal(raw);
  sd_journal_set_data_threshold(raw, kThreshold);
  return journal;
}

void Journal::Add(const std::vector<std::string>& matches) {
  for (const std::string& match : matches) {
    sd_journal_add_match(journal_.get(), match.data(), match.size());
  }
}

void Journal::Only(const std::vector<std::string>& matches) {
  sd_journal_flush_matches(journal_.get());
  Add(matches);
}

void Journal::Or(const std::vector<std::string>& matches) {
  sd_journal_add_disjunction(journal_.get());
  Add(matches);
}

bool Journal::ToFirst() { return sd_journal_seek_head(journal_.get()) >= 0 && Next(); }
bool Journal::ToLast() { return SeekEnd() && Previous(); }
bool Journal::SeekEnd() { return sd_journal_seek_tail(journal_.get()) >= 0; }
bool Journal::Next() { return sd_journal_next(journal_.get()) > 0; }
bool Journal::Previous() { return sd_journal_previous(journal_.get()) > 0; }

std::string Journal::Field(const std::string& name, std::size_t most) const {
  const void* data = nullptr;
  std::size_t size = 0;
  if (sd_journal_get_data(journal_.get(), name.c_str(), &data, &size) < 0) return "";
  const std::string_view whole(static_cast<const char*>(data), size);  // "NAME=value"
  if (whole.size() <= name.size()) return "";
  return std::string(whole.substr(name.size() + 1, most));
}

std::string Journal::BootId() const {
  std::uint64_t monotonic = 0;
  sd_id128_t id{};
  if (sd_journal_get_monotonic_usec(journal_.get(), &monotonic, &id) < 0) return "";
  std::array<char, SD_ID128_STRING_MAX> text{};
  return sd_id128_to_string(id, text.data());
}

std::int64_t Journal::Seconds() const {
  std::uint64_t usec = 0;
  if (sd_journal_get_realtime_usec(journal_.get(), &usec) < 0) return 0;
  return static_cast<std::int64_t>(usec / 1'000'000);
}

}  // namespace kdumpd
