// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/codec.h"

#include <gtest/gtest.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <vector>

namespace kdumpd {
namespace {

constexpr std::size_t kPage = 4096;

// A page that every codec makes smaller.
std::string Page(std::size_t size = kPage) {
  std::string page(size, '\0');
  for (std::size_t i = 0; i < size; ++i) page[i] = static_cast<char>(i * i / 97 % 11);
  return page;
}

std::string Compressed(std::uint32_t codec, const std::string& page) {
  std::string out(page.size() * 2 + 1024, '\0');
  auto* const to = reinterpret_cast<unsigned char*>(out.data());
  const auto* const from = reinterpret_cast<const unsigned char*>(page.data());
  if (codec == kDumpZlib) {
    uLongf size = out.size();
    EXPECT_EQ(compress2(to, &size, from, page.size(), 1), Z_OK);
    out.resize(size);
  } else if (codec == kDumpLzo) {
    EXPECT_EQ(lzo_init(), LZO_E_OK);
    std::string work(LZO1X_1_MEM_COMPRESS, '\0');
    lzo_uint size = 0;
    EXPECT_EQ(lzo1x_1_compress(from, page.size(), to, &size, work.data()), LZO_E_OK);
    out.resize(size);
  } else if (codec == kDumpSnappy) {
    std::size_t size = out.size();
    EXPECT_EQ(snappy_compress(page.data(), page.size(), out.data(), &size), SNAPPY_OK);
    out.resize(size);
  } else if (codec == kDumpZstd) {
    out.resize(ZSTD_compress(to, out.size(), from, page.size(), 1));
  } else {
    out = page;
  }
  return out;
}

constexpr std::size_t kGuard = 64;

// What comes out, or "" when refused; fails the test when a byte past the page is touched.
std::string Out(std::uint32_t flags, const std::string& stored, std::size_t size = kPage) {
  std::vector<std::byte> room(size + kGuard, std::byte{0xa5});
  const auto done =
      Decompress(flags, std::as_bytes(std::span(stored)), std::span(room).first(size));
  EXPECT_TRUE(std::all_of(room.begin() + static_cast<std::ptrdiff_t>(size), room.end(),
                          [](std::byte b) { return b == std::byte{0xa5}; }));
  if (!done) {
    EXPECT_EQ(done.error().code, ErrorCode::kInvalid);
    return "";
  }
  return {reinterpret_cast<const char*>(room.data()), size};
}

constexpr std::uint32_t kAll[] = {0, kDumpZlib, kDumpLzo, kDumpSnappy, kDumpZstd};

TEST(CodecTest, GivesThePageBack) {
  for (const std::uint32_t codec : kAll) {
    for (const std::size_t size : {kPage, std::size_t{65536}}) {
      EXPECT_EQ(Out(codec, Compressed(codec, Page(size)), size), Page(size)) << codec;
    }
    // Flags that are no codec do not matter.
    EXPECT_EQ(Out(codec | kDumpIncomplete | kDumpExcludedVmemmap, Compressed(codec, Page())),
              Page())
        << codec;
  }
}

TEST(CodecTest, AnythingButOnePageIsRefused) {
  for (const std::uint32_t codec : kAll) {
    EXPECT_EQ(Out(codec, Compressed(codec, Page(kPage - 1))), "") << "shorter " << codec;
    EXPECT_EQ(Out(codec, Compressed(codec, Page(kPage + 1))), "") << "longer " << codec;
    EXPECT_EQ(Out(codec, Compressed(codec, Page(1 << 20))), "") << "much longer " << codec;
    EXPECT_EQ(Out(codec, ""), "") << "nothing " << codec;
    EXPECT_EQ(Out(codec, std::string(100, '\0')), "") << "zeros " << codec;
    EXPECT_EQ(Out(codec, std::string(100, '\xff')), "") << "ones " << codec;
    std::string cut = Compressed(codec, Page());
    cut.resize(cut.size() / 2);
    EXPECT_EQ(Out(codec, cut), "") << "cut " << codec;
  }
}

TEST(CodecTest, OneChangedByteWritesNothingPastThePage) {
  for (const std::uint32_t codec : kAll) {
    const std::string stored = Compressed(codec, Page());
    for (std::size_t i = 0; i < stored.size(); i += 1 + stored.size() / 200) {
      for (const char change : {'\x01', '\x80', '\xff'}) {
        std::string bad = stored;
        bad[i] = static_cast<char>(bad[i] ^ change);
        const std::string out = Out(codec, bad);
        EXPECT_TRUE(out.empty() || out.size() == kPage);
      }
    }
  }
}

TEST(CodecTest, Names) {
  struct Row {
    std::uint32_t flags;
    std::string_view name;
  };
  const Row rows[] = {{0, "none"},  {0x8, "none"},   {0x10, "none"}, {0x1, "zlib"},  {0x9, "zlib"},
                      {0x2, "lzo"}, {0x4, "snappy"}, {0x20, "zstd"}, {0x28, "zstd"}, {0x3, ""},
                      {0x21, ""},   {0x27, ""},      {0x40, "none"}, {0x41, "zlib"}};
  for (const auto& row : rows) EXPECT_EQ(CodecName(row.flags), row.name) << row.flags;
  EXPECT_EQ(Out(kDumpZlib | kDumpLzo, Compressed(kDumpZlib, Page())), "");
}

}  // namespace
}  // namespace kdumpd
