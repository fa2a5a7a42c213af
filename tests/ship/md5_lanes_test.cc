// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/md5_lanes.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "daemon/ship/digest.h"

namespace kdumpd {
namespace {

// Messages that all differ, added in pieces: each must have OpenSSL's digest.
TEST(Md5Lanes, AreOpenSslsDigests) {
  std::mt19937 random(1);
  for (const std::vector<std::size_t>& pieces : std::vector<std::vector<std::size_t>>{
           {}, {64}, {128}, {64, 64}, {4096, 64, 65536}, {1 << 20}}) {
    std::array<std::string, Md5Lanes::kLanes> messages;
    Md5Lanes lanes;
    for (const std::size_t piece : pieces) {
      std::array<const std::byte*, Md5Lanes::kLanes> from{};
      for (std::size_t lane = 0; lane < from.size(); ++lane) {
        const std::size_t begin = messages[lane].size();
        for (std::size_t i = 0; i < piece; ++i) messages[lane] += static_cast<char>(random());
        from[lane] = reinterpret_cast<const std::byte*>(messages[lane].data() + begin);
      }
      lanes.Add(from, piece);
    }
    const auto digests = lanes.Take();
    for (std::size_t lane = 0; lane < digests.size(); ++lane) {
      EXPECT_EQ(Hex(digests[lane]), Hex(Md5(messages[lane])))
          << "lane " << lane << " of " << messages[lane].size() << " bytes";
    }
  }
}

}  // namespace
}  // namespace kdumpd
