// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/md5_lanes.h"

#include <bit>
#include <cstring>

namespace kdumpd {
namespace {

// MD5 reads and writes the lowest byte first (RFC 1321, section 2).
std::uint32_t LowestFirst(std::uint32_t word) {
  return std::endian::native == std::endian::little ? word : __builtin_bswap32(word);
}
std::uint64_t LowestFirst(std::uint64_t word) {
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

constexpr std::size_t kWords = Md5Lanes::kBlock / sizeof(std::uint32_t);
// One word of each lane. Without instructions as wide the compiler takes two narrower ones.
using Word = std::uint32_t __attribute__((vector_size(4 * Md5Lanes::kLanes)));
using Pointers = std::array<const std::byte*, Md5Lanes::kLanes>;
using State = std::array<std::array<std::uint32_t, Md5Lanes::kLanes>, 4>;

// RFC 1321, section 3.4: 2^32 times the sine of 1, 2, 3 ...
constexpr std::array<std::uint32_t, 64> kSines{
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};
constexpr std::array<std::array<int, 4>, 4> kShifts{
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};
// Which word of the block a step takes: kFirst + kEach * step.
constexpr std::array<std::size_t, 4> kFirst{0, 1, 5, 0}, kEach{1, 5, 3, 7};

[[gnu::always_inline]] inline void Load(const Pointers& from, std::size_t at, Word* words) {
  for (std::size_t word = 0; word < kWords; ++word) {
    for (std::size_t lane = 0; lane < Md5Lanes::kLanes; ++lane) {
      std::uint32_t one = 0;
      std::memcpy(&one, from[lane] + at + word * sizeof one, sizeof one);
      words[word][lane] = LowestFirst(one);
    }
  }
}

// What a step mixes of b, c and d: F, G, H, I.
template <int kRound>
[[gnu::always_inline]] inline void Mix(const Word& b, const Word& c, const Word& d, Word& mixed) {
  if constexpr (kRound == 0) {
    mixed = d ^ (b & (c ^ d));
  } else if constexpr (kRound == 1) {
    mixed = c ^ (d & (b ^ c));
  } else if constexpr (kRound == 2) {
    mixed = b ^ c ^ d;
  } else {
    mixed = c ^ (b | ~d);
  }
}

template <int kRound>
[[gnu::always_inline]] inline void Round(const Word* words, Word& a, Word& b, Word& c, Word& d) {
#pragma GCC unroll 16
  for (std::size_t step = 0; step < kWords; ++step) {
    Word sum;
    Mix<kRound>(b, c, d, sum);
    sum += a + words[(kFirst[kRound] + kEach[kRound] * step) % kWords] +
           kSines[kRound * kWords + step];
    const int shift = kShifts[kRound][step % 4];
    a = d;
    d = c;
    c = b;
    b += (sum << shift) | (sum >> (32 - shift));
  }
}

void Blocks(State& state, const Pointers& from, std::size_t bytes) {
  std::array<Word, 4> now;
  std::memcpy(now.data(), state.data(), sizeof now);
  Word words[kWords];  // NOLINT(modernize-avoid-c-arrays): a std::array of vectors warns of its ABI
  for (std::size_t at = 0; at < bytes; at += Md5Lanes::kBlock) {
    Load(from, at, words);
    Word a = now[0], b = now[1], c = now[2], d = now[3];
    Round<0>(words, a, b, c, d);
    Round<1>(words, a, b, c, d);
    Round<2>(words, a, b, c, d);
    Round<3>(words, a, b, c, d);
    now[0] += a;
    now[1] += b;
    now[2] += c;
    now[3] += d;
  }
  std::memcpy(state.data(), now.data(), sizeof now);
}

}  // namespace

Md5Lanes::Md5Lanes() : state_() {
  constexpr std::array<std::uint32_t, 4> kStart{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for (std::size_t word = 0; word < kStart.size(); ++word) state_[word].fill(kStart[word]);
}

void Md5Lanes::Add(const std::array<const std::byte*, kLanes>& from, std::size_t bytes) {
  Blocks(state_, from, bytes);
  bytes_ += bytes;
}

std::array<std::string, Md5Lanes::kLanes> Md5Lanes::Take() {
  // A one, zeros, and the length in bits: the same for all.
  std::array<std::byte, kBlock> end{std::byte{0x80}};
  const std::uint64_t bits = LowestFirst(std::uint64_t{8 * bytes_});
  std::memcpy(end.data() + kBlock - sizeof bits, &bits, sizeof bits);
  Pointers same;
  same.fill(end.data());
  Blocks(state_, same, kBlock);
  std::array<std::string, kLanes> digests;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    for (const auto& word : state_) {
      const std::uint32_t out = LowestFirst(word[lane]);
      digests[lane].append(reinterpret_cast<const char*>(&out), sizeof out);
    }
  }
  return digests;
}

}  // namespace kdumpd
