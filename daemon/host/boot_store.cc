// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/boot_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/boot_json.h"
#include "daemon/host/bounded_read.h"
#include "daemon/host/durable_file.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr char kBeatFile[] = "heartbeat.json";
constexpr char kBootsFile[] = "boots.json";
constexpr std::size_t kMaxBytes = 1 << 20;  // 32 boots take some 60 KiB

}  // namespace

Result<BootStore> BootStore::Open(int state_directory, std::string_view path) {
  UniqueFd fd(openat(state_directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailSystem(Cat("opening ", path), errno);
  BootStore store(std::move(fd), std::string(path), true);
  store.Load();
  return store;
}

Result<BootStore> BootStore::Peek(const std::string& state_directory) {
  UniqueFd fd(open(state_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailSystem(Cat("opening ", state_directory), errno);
  BootStore store(std::move(fd), state_directory, false);
  store.Load();
  return store;
}

void BootStore::Load() {
  if (const auto text = ReadFile(kBeatFile, beat_is_ours_)) {
    auto parsed = ParseBeatFile(*text);
    if (parsed.schema > kBootSchema) {
      beat_is_ours_ = false;
      notes_.push_back(Cat(path_, '/', kBeatFile, " has schema ", parsed.schema,
                           ", newer than our ", kBootSchema, ": left untouched"));
    } else if (!parsed.value) {
      SetAside(kBeatFile, text->empty() ? "it is empty" : "it does not parse");
    } else {
      beat_ = std::move(parsed.value->beat);
      undecided_ = std::move(parsed.value->undecided);
      done_for_ = std::move(parsed.value->done_for);
    }
  }
  if (const auto text = ReadFile(kBootsFile, boots_are_ours_)) {
    auto parsed = ParseBootsFile(*text);
    if (parsed.schema > kBootSchema) {
      boots_are_ours_ = false;
      notes_.push_back(Cat(path_, '/', kBootsFile, " has schema ", parsed.schema,
                           ", newer than our ", kBootSchema, ": left untouched"));
    } else if (!parsed.value) {
      SetAside(kBootsFile, text->empty() ? "it is empty" : "it does not parse");
    } else {
      boots_ = *std::move(parsed.value);
    }
  }
}

// Nothing: there is none, or it was set aside, or it is not ours.
std::optional<std::string> BootStore::ReadFile(const char* name, bool& ours) {
  const auto fd = OpenKindAt(directory_.get(), name, S_IFREG);
  auto text = fd ? ReadAll(fd->get(), kMaxBytes) : std::unexpected(fd.error());
  if (text) return *std::move(text);
  const ErrorCode code = text.error().code;
  if (code == ErrorCode::kNotFound) return std::nullopt;
  if (code == ErrorCode::kInvalid || code == ErrorCode::kTooLarge) {
    SetAside(name, text.error().message);
    return std::nullopt;
  }
  ours = false;
  notes_.push_back(Cat(path_, '/', name, ": ", text.error().message, "; left untouched"));
  return std::nullopt;
}

void BootStore::SetAside(const char* name, std::string_view why) {
  const std::string aside = Cat(name, ".corrupt");
  const bool moved =
      writer_ && renameat(directory_.get(), name, directory_.get(), aside.c_str()) == 0;
  notes_.push_back(Cat(path_, '/', name, ": ", why, "; ",
                       moved ? Cat("set aside as ", aside) : std::string("not read")));
}

Result<void> BootStore::WriteBeat() {
  if (!beat_is_ours_) return {};
  auto written = ReplaceFile(directory_.get(), kBeatFile, BeatJson({beat_, undecided_, done_for_}));
  beat_waits_ = !written;
  if (!written) return std::unexpected(written.error().In(path_));
  return {};
}

Result<void> BootStore::WriteBoots() {
  if (!boots_are_ours_) return {};
  auto written = ReplaceFile(directory_.get(), kBootsFile, BootsFileJson(boots_));
  boots_wait_ = !written;
  if (!written) return std::unexpected(written.error().In(path_));
  return {};
}

Result<void> BootStore::WriteAgain() {
  auto boots = boots_wait_ ? WriteBoots() : Result<void>();
  return boots && beat_waits_ ? WriteBeat() : boots;
}

Result<void> BootStore::Beat(const Heartbeat& beat) {
  if (beat_ && beat_->boot_id != beat.boot_id) {
    undecided_.push_back(*beat_);
    if (undecided_.size() > kMostUndecided) undecided_.erase(undecided_.begin());
  }
  beat_ = beat;
  return WriteBeat();
}

Result<void> BootStore::Record(const BootRecord& boot) {
  const auto same = std::ranges::find_if(boots_, [&](const BootRecord& before) {
    return before.boot_id == boot.boot_id && before.ended_by == boot.ended_by;
  });
  if (same != boots_.end()) {
    *same = boot;
  } else {
    boots_.insert(boots_.begin(), boot);
    if (boots_.size() > kMostBoots) boots_.resize(kMostBoots);
  }
  return WriteBoots();
}

Result<void> BootStore::Done(std::string_view boot_id) {
  undecided_.clear();
  done_for_ = boot_id;
  return WriteBeat();
}

}  // namespace kdumpd
