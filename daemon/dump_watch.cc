// SPDX-License-Identifier: Apache-2.0
#include "daemon/dump_watch.h"

#include <string>
#include <utility>
#include <vector>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxWatched = 16;  // dump directories that are being written

}  // namespace

DumpWatch::DumpWatch(EventLoop& loop, DirectoryWatch directories, Calls calls)
    : loop_(loop), directories_(std::move(directories)), calls_(std::move(calls)) {}

Result<std::unique_ptr<DumpWatch>> DumpWatch::Start(EventLoop& loop, Calls calls) {
  auto directories = DirectoryWatch::Create();
  if (!directories) return std::unexpected(directories.error());
  std::unique_ptr<DumpWatch> watch(new DumpWatch(loop, *std::move(directories), std::move(calls)));
  auto readable = loop.OnReadable(watch->directories_.fd(), [self = watch.get()] {
    if (self->directories_.Drain()) self->calls_.changed();
  });
  if (!readable) return std::unexpected(readable.error());
  watch->readable_ = *std::move(readable);
  return watch;
}

void DumpWatch::Follow(const HostRoot& root, const Facts& facts, std::int64_t settle_ms) {
  std::vector<std::string> directories;
  bool writing = false;
  if (facts.dumps.known()) {
    directories.push_back(facts.dumps.source());
    for (const Dump& dump : facts.dumps.value()) {
      if (dump.state != DumpState::kWriting) continue;
      writing = writing || !dump.historic;
      if (directories.size() > kMaxWatched) continue;
      directories.push_back(Cat(facts.dumps.source(), "/", dump.directory));
    }
  }
  directories_.Set(root, directories);
  if (!writing || due_) return;
  // File times are whole seconds on some file systems.
  auto due = loop_.After(static_cast<std::uint64_t>(settle_ms) + 1000, [this] {
    due_.reset();
    calls_.settled();
  });
  if (due) due_ = *std::move(due);
}

}  // namespace kdumpd
