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
    thread_.emplace([this](const std::stop_token& stop) { MakeAhead(stop); });
  } catch (const std::system_error&) {
    thread_.reset();  // a limit of processes: Next() does it
  }
}

void PartSums::Make(Source& source) {
  auto group = SumPieces(source, offset_, part_bytes_);
  const std::scoped_lock lock(mutex_);
  if (group) {
    offset_ += group->size() * part_bytes_;
    group_ = group->size();
    made_.insert(made_.end(), group->begin(), group->end());
  } else {
    error_ = group.error();
  }
  changed_.notify_all();
}

void PartSums::MakeAhead(const std::stop_token& stop) {
  Stoppable source(*source_, stop);
  while (offset_ < source.bytes()) {
    Make(source);
    std::unique_lock lock(mutex_);
    const auto begun = [this] { return made_.size() < group_; };
    if (error_ || !changed_.wait(lock, stop, begun)) return;
  }
}

Uploaded<PieceSums> PartSums::Next() {
  if (!thread_ && made_.empty() && !error_) Make(*source_);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !made_.empty() || error_; });
  if (made_.empty()) return std::unexpected(*error_);
  PieceSums next = std::move(made_.front());
  made_.pop_front();
  changed_.notify_all();
  return next;
}

}  // namespace kdumpd
