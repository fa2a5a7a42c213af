// SPDX-License-Identifier: Apache-2.0
// What an upload leaves in the page cache of the node: nothing.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "daemon/ship/counted_source.h"
#include "tests/support/age_files.h"

namespace kdumpd {
namespace {

constexpr std::size_t kBytes = 20 << 20;

// Bytes of the file that are in memory.
std::size_t Cached(int file, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* at = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0);
  if (at == MAP_FAILED) return 0;
  std::vector<unsigned char> pages((bytes + page - 1) / page);
  if (mincore(at, bytes, pages.data()) != 0) pages.clear();
  munmap(at, bytes);
  return page * static_cast<std::size_t>(
                    std::ranges::count_if(pages, [](unsigned char one) { return one & 1U; }));
}

class NoSteps : public Steps {
 public:
  [[nodiscard]] const ObjectJournal& so_far() const override { return journal_; }
  Uploaded<void> BeganUpload(std::string_view) override { return {}; }
  Uploaded<void> SentPart(std::uint32_t, const UploadedPart&) override { return {}; }
  Uploaded<void> Aborted(std::string_view) override { return {}; }
  void Sent(std::uint64_t) override {}

 private:
  ObjectJournal journal_;
};

class PageCache : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    planned_ = PlanFile(tree_, std::string(kBytes, 'x'));
    if (!GetParam()) {
      UploadPlan clear;
      clear.mark = planned_.plan.mark;
      clear.stored_bytes = clear.mark.bytes;
      planned_.plan = clear;
    }
    ASSERT_EQ(fsync(planned_.file.get()), 0);  // only what is clean can be dropped
    posix_fadvise(planned_.file.get(), 0, 0, POSIX_FADV_DONTNEED);
    if (Cached(planned_.file.get(), kBytes) != 0) GTEST_SKIP() << "a file system in memory";
    source_ = planned_.Open();
  }
  void ReadAll(Source& source) {
    std::vector<std::byte> piece(256 << 10);
    for (std::uint64_t at = 0; at < source.bytes(); at += piece.size()) {
      const std::size_t size = std::min<std::uint64_t>(piece.size(), source.bytes() - at);
      ASSERT_TRUE(source.Read(at, std::span(piece).first(size)));
      const std::size_t behind = std::min<std::uint64_t>(at + size, kBytes);
      most_ = std::max(most_, Cached(planned_.file.get(), behind));
    }
  }
  TemporaryTree tree_;
  Planned planned_;
  std::unique_ptr<Source> source_;
  std::size_t most_ = 0;  // cached behind what was read
};

TEST_P(PageCache, IsDroppedBehindWhatIsSentInOnePiece) {
  NoSteps steps;
  CountedSource counted(*source_, steps);
  ReadAll(counted);
  EXPECT_EQ(Cached(planned_.file.get(), kBytes), 0);
  EXPECT_LT(most_, 9 << 20) << "behind what was read";
}

TEST_P(PageCache, IsDroppedBeforeWhateverIsDone) {
  ReadAll(*source_);
  ASSERT_GT(Cached(planned_.file.get(), kBytes), kBytes / 2);
  source_->DropBefore(8 << 20);
  EXPECT_LT(Cached(planned_.file.get(), 8 << 20), 1 << 20);
  EXPECT_GT(Cached(planned_.file.get(), kBytes), kBytes / 4) << "what is still to be read";
  source_->DropBefore(source_->bytes());
  EXPECT_EQ(Cached(planned_.file.get(), kBytes), 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, PageCache, ::testing::Bool(),
                         [](const auto& one) { return one.param ? "Encrypted" : "Clear"; });

}  // namespace
}  // namespace kdumpd
