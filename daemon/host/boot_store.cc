// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/boot_store.h"

#include <algorithm>
#include <utility>

#include "daemon/host/boot_json.h"
#include "daemon/host/durable_file.h"
#include "daemon/host/state_file.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;  // 32 boots take some 60 KiB

}  // namespace

Result<BootStore> BootStore::Open(int state_directory, std::string_view path) {
  auto fd = OpenAgain(state_directory, path);
  if (!fd) return std::unexpected(fd.error());
  return BootStore(*std::move(fd), std::string(path), true);
}

Result<BootStore> BootStore::Peek(const std::string& state_directory) {
  auto fd = OpenStateDirectory(state_directory);
  if (!fd) return std::unexpected(fd.error());
  return BootStore(*std::move(fd), state_directory, false);
}

BootStore::BootStore(UniqueFd directory, std::string path, bool writer)
    : directory_(std::move(directory)), path_(std::move(path)) {
  const auto read = [&](Place& place, const auto& parse) {
    const StateFile file{directory_.get(), path_, place.name, kMaxBytes, writer};
    auto found = ReadStateFile(file, kBootSchema, parse);
    place.ours = found.ours;
    if (!found.note.empty()) notes_.push_back(std::move(found.note));
    return std::move(found.value);
  };
  if (auto file = read(beat_at_, ParseBeatFile)) {
    beat_ = std::move(file->beat);
    undecided_ = std::move(file->undecided);
    done_for_ = std::move(file->done_for);
  }
  if (auto boots = read(boots_at_, ParseBootsFile)) boots_ = *std::move(boots);
}

Result<void> BootStore::Write(Place& place, std::string_view text) {
  if (!place.ours) return {};
  auto written = ReplaceFile(directory_.get(), place.name, text);
  place.waits = !written;
  if (!written) return std::unexpected(written.error().In(path_));
  return {};
}

Result<void> BootStore::WriteBeat() {
  return Write(beat_at_, BeatJson({beat_, undecided_, done_for_}));
}

Result<void> BootStore::WriteBoots() { return Write(boots_at_, BootsFileJson(boots_)); }

Result<void> BootStore::WriteAgain() {
  auto boots = boots_at_.waits ? WriteBoots() : Result<void>();
  return boots && beat_at_.waits ? WriteBeat() : boots;
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
