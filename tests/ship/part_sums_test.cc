// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/part_sums.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "daemon/ship/age.h"
#include "daemon/ship/digest.h"
#include "tests/ship/s3_upload.h"
#include "tests/support/ship_doubles.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
const std::vector<std::string> kRecipients{
    "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"};

std::string AllOf(Source& source) {
  std::string bytes(source.bytes(), '\0');
  EXPECT_TRUE(source.Read(0, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

void ExpectSumsOf(Source& source, std::uint64_t part_bytes) {
  const auto other = source.ToRead();
  const std::string bytes = AllOf(*other);
  PartSums sums(source, part_bytes);
  for (std::uint64_t at = 0; at < bytes.size(); at += part_bytes) {
    const std::string_view part = std::string_view(bytes).substr(at, part_bytes);
    // As whoever sends it, at the same time.
    std::string read(part.size(), '\0');
    ASSERT_TRUE(source.Read(at, std::as_writable_bytes(std::span(read))));
    EXPECT_TRUE(read == part) << at;
    const auto next = sums.Next();
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_EQ(next->sha256, Hex(Sha256(part))) << at;
    EXPECT_EQ(next->md5, Hex(Md5(part))) << at;
  }
  const auto whole = source.Whole();
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->stored_sha256, Hex(Sha256(bytes))) << "two readers, and it hashes its own";
}

TEST(PartSums, AreThoseOfThePartsInTheirOrder) {
  struct Row {
    std::uint64_t bytes, part;
  };
  for (const Row& row : {Row{21 * kMiB + 5, kMiB},
                         {8 * kMiB, kMiB},
                         {3 * kMiB, 2 * kMiB},
                         {kMiB, kMiB},
                         {100'000, 7'000}}) {
    const std::string text = Noise(row.bytes);
    const FileToSend file(text, row.part);
    ExpectSumsOf(*file.Open(), row.part);
    const auto sealed = PlanEncryption(file.plan(), kRecipients);
    ASSERT_TRUE(sealed) << sealed.error().message;
    const UniqueFd fd(open(file.path().c_str(), O_RDONLY | O_CLOEXEC));
    const auto source = OpenSource(fd.get(), *sealed);
    ASSERT_TRUE(source) << source.error().message;
    ExpectSumsOf(**source, row.part);
  }
}

// What was read before it broke is as good as ever, but for what was to be summed with it.
TEST(PartSums, WhatCannotBeReadIsSaidInItsTurn) {
  WatchedSource source(Noise(20 * kMiB));
  source.breaks_at = 17 * kMiB;
  PartSums sums(source, kMiB);
  for (int part = 0; part < 16; ++part) ASSERT_TRUE(sums.Next()) << part;
  for (int again = 0; again < 2; ++again) {
    const auto broken = sums.Next();
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().problem, UploadProblem::kSource);
    EXPECT_EQ(broken.error().message, "it breaks here");
  }
}

// Says how far those who read what it reads have come.
class Followed : public WatchedSource {
 public:
  using WatchedSource::WatchedSource;
  [[nodiscard]] std::unique_ptr<Source> ToRead() const override {
    auto other = std::make_unique<WatchedSource>(text());
    other->reading = [farthest = farthest_](std::uint64_t offset) {
      *farthest = std::max(farthest->load(), offset);
    };
    return other;
  }
  // True once they have come there.
  [[nodiscard]] bool Reaches(std::uint64_t offset) const {
    const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (farthest() < offset && std::chrono::steady_clock::now() < latest) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return farthest() >= offset;
  }
  [[nodiscard]] std::uint64_t farthest() const { return *farthest_; }

 private:
  std::shared_ptr<std::atomic<std::uint64_t>> farthest_ =
      std::make_shared<std::atomic<std::uint64_t>>();
};

TEST(PartSums, TheNextOnesAreMadeWhileThoseBeforeThemAreSent) {
  constexpr std::uint64_t kGroup = 8 * kMiB, kAll = 4 * kGroup;
  const Followed source(Noise(kAll));
  PartSums sums(source, kMiB);
  for (std::uint64_t part = 0; part < kAll / kMiB; ++part) {
    EXPECT_LT(source.farthest(), (part * kMiB / kGroup + 2) * kGroup)
        << "too far ahead of " << part;
    ASSERT_TRUE(sums.Next());
    const std::uint64_t groups = part * kMiB / kGroup + 2;  // that of this part, and one more
    EXPECT_TRUE(source.Reaches(std::min(groups * kGroup, kAll) - kMiB)) << part;
  }
}

TEST(PartSums, ItMayEndAtAnyTime) {
  for (std::uint64_t taken : {0, 1, 7, 8, 9, 20}) {
    WatchedSource source(Noise(20 * kMiB));
    PartSums sums(source, kMiB);
    for (std::uint64_t part = 0; part < taken; ++part) ASSERT_TRUE(sums.Next());
  }
}

// True: all are made where no process and no thread may be begun any more.
bool MakesThemAlone() {
  constexpr rlimit kNone{0, 0};
  constexpr uid_t kNobody = 65534;  // root has no limit
  if (setrlimit(RLIMIT_NPROC, &kNone) != 0 || setresuid(kNobody, kNobody, kNobody) != 0) {
    return false;
  }
  WatchedSource source(Noise(9 * kMiB + 1));
  PartSums sums(source, kMiB);
  for (int part = 0; part < 10; ++part) {
    if (!sums.Next()) return false;
  }
  return true;
}

TEST(PartSums, WithoutAThreadTheyAreMadeAllTheSame) {
  EXPECT_EXIT(_exit(MakesThemAlone() ? 0 : 1), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace kdumpd
