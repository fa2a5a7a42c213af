// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/part_sums.h"

#include <system_error>
#include <utility>

namespace kdumpd {
namespace {

// Reads what another one reads, until nobody wants it any more.
class Stoppable : public Source {
 public:
  Stoppable(Source& source, const std::stop_token& stop) : source_(source), stop_(stop) {}
  [[nodiscard]] std::uint64_t bytes() const override { return source_.bytes(); }
  Uploaded<void> Read(std::uint64_t offset, std::span<std::byte> to) override {
    if (stop_.stop_requested()) return FailUpload(UploadProblem::kSource, "nobody wants it");
    return source_.Read(offset, to);
  }
  [[nodiscard]] Uploaded<void> Check() const override { return source_.Check(); }
  Uploaded<Digests> Whole() override { return source_.Whole(); }
  [[nodiscard]] std::unique_ptr<Source> ToRead() const override { return source_.ToRead(); }

 private:
  Source& source_;
  const std::stop_token& stop_;
};

}  // namespace

PartSums::PartSums(const Source& source, std::uint64_t part_bytes)
    : source_(source.ToRead()), part_bytes_(part_bytes) {
  try {
    thread_.emplace([this](const std::stop_token& stop) { Make(stop); });
  } catch (const std::system_error&) {
    thread_.reset();  // a limit of processes: Next() does it
  }
}

void PartSums::Make(const std::stop_token& stop) {
  Stoppable source(*source_, stop);
  while (offset_ < source.bytes()) {
    auto group = SumPieces(source, offset_, part_bytes_);
    std::unique_lock lock(mutex_);
    if (!group) error_ = group.error();
    if (group) made_.insert(made_.end(), group->begin(), group->end());
    offset_ += group ? group->size() * part_bytes_ : 0;
    changed_.notify_all();
    if (!group || !changed_.wait(lock, stop, [this] { return made_.empty(); })) return;
  }
}

Uploaded<PieceSums> PartSums::Next() {
  std::unique_lock lock(mutex_);
  if (!thread_ && made_.empty() && !error_) {
    auto group = SumPieces(*source_, offset_, part_bytes_);
    if (!group) return std::unexpected(group.error());
    made_.insert(made_.end(), group->begin(), group->end());
    offset_ += group->size() * part_bytes_;
  }
  changed_.wait(lock, [this] { return !made_.empty() || error_; });
  if (made_.empty()) return std::unexpected(*error_);
  PieceSums next = std::move(made_.front());
  made_.pop_front();
  if (made_.empty()) changed_.notify_all();
  return next;
}

}  // namespace kdumpd
