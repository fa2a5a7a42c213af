// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/wtmp.h"

#include <sys/stat.h>
#include <utmp.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "daemon/core/text.h"
#include "daemon/host/bounded_read.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr std::string_view kPath = "/var/log/wtmp";
constexpr std::uint64_t kRecord = sizeof(utmp);  // its size and its layout differ by architecture
constexpr std::uint64_t kMostBytes = 2048 * kRecord;

// A field that need not end with a NUL.
template <std::size_t kSize>
std::string_view Field(const char (&field)[kSize]) {
  return {field, ::strnlen(field, kSize)};
}

// Where the field has 32 bits it wraps in 2038; no boot was before 1970.
std::int64_t TimeOf(const utmp& record) {
  if constexpr (sizeof record.ut_tv.tv_sec == sizeof(std::uint32_t)) {
    return static_cast<std::uint32_t>(record.ut_tv.tv_sec);
  } else {
    return record.ut_tv.tv_sec;
  }
}

// As systemd-update-utmp and halt of sysvinit write them, and last(1) reads them.
std::optional<WtmpRecord> Parse(std::string_view bytes) {
  utmp record;
  std::memcpy(&record, bytes.data(), sizeof record);
  const std::int64_t time = TimeOf(record);
  if (time <= 0) return std::nullopt;
  if (record.ut_type == BOOT_TIME) return WtmpRecord{WtmpRecord::Kind::kBoot, time};
  if (record.ut_type != RUN_LVL || Field(record.ut_user) != "shutdown") return std::nullopt;
  return WtmpRecord{WtmpRecord::Kind::kShutdown, time};
}

// Records begin at multiples of their size: glibc cuts off what a crash left of one before it
// writes the next.
Result<std::vector<WtmpRecord>> Read(const HostRoot& root) {
  const auto fd = root.OpenFile(kPath);
  if (!fd) return std::unexpected(fd.error());
  struct stat status{};
  if (::fstat(fd->get(), &status) != 0) return FailSystem(Cat("reading ", kPath), errno);
  const std::uint64_t size = static_cast<std::uint64_t>(status.st_size) / kRecord * kRecord;
  const auto text = ReadAt(fd->get(), size > kMostBytes ? size - kMostBytes : 0, kMostBytes);
  if (!text) return std::unexpected(text.error().In(Cat("reading ", kPath)));
  std::vector<WtmpRecord> records;
  for (std::string_view rest = *text; rest.size() >= kRecord; rest.remove_prefix(kRecord)) {
    if (const auto record = Parse(rest)) records.push_back(*record);
  }
  return records;
}

}  // namespace

Fact<std::vector<WtmpRecord>> ReadWtmp(const HostRoot& root) {
  return Fact<std::vector<WtmpRecord>>::From(Read(root), std::string(kPath));
}

}  // namespace kdumpd
