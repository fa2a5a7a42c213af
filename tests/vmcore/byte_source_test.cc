// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/byte_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "daemon/core/unique_fd.h"
#include "tests/support/memory_bytes.h"

namespace kdumpd {
namespace {

// An open file that has no name any more.
UniqueFd FileWith(std::string_view bytes) {
  std::string name = testing::TempDir() + "byte_source_XXXXXX";
  UniqueFd fd(::mkstemp(name.data()));
  ::unlink(name.c_str());
  EXPECT_EQ(::pwrite(fd.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  return fd;
}

std::string Text(const ByteSource& bytes, std::uint64_t offset, std::size_t size) {
  std::string text(size, '?');
  const auto got = bytes.ReadSome(offset, std::as_writable_bytes(std::span(text)));
  EXPECT_TRUE(got);
  text.resize(got.value_or(0));
  return text;
}

TEST(ByteSourceTest, FileByOffset) {
  const UniqueFd fd = FileWith("0123456789");
  const auto file = FileBytes::Open(fd.get());
  ASSERT_TRUE(file);
  EXPECT_EQ(file->Size(), 10U);
  EXPECT_EQ(Text(*file, 0, 4), "0123");
  EXPECT_EQ(Text(*file, 7, 3), "789");
  EXPECT_EQ(Text(*file, 7, 4), "789");
  EXPECT_EQ(Text(*file, 10, 1), "");
  EXPECT_EQ(Text(*file, ~0ULL, 1), "");
  EXPECT_EQ(Text(*file, 3, 0), "");
}

TEST(ByteSourceTest, ReadIsAllOrNothing) {
  const MemoryBytes bytes("0123456789");
  std::byte out[4];
  EXPECT_TRUE(bytes.Read(6, out));
  const auto cut = bytes.Read(7, out);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(cut.error().message, "bytes 7 to 11 of 10");
}

TEST(ByteSourceTest, ShortenedWhileOpen) {
  const UniqueFd fd = FileWith("0123456789");
  const auto file = FileBytes::Open(fd.get());
  ASSERT_TRUE(file);
  ASSERT_EQ(::ftruncate(fd.get(), 5), 0);
  EXPECT_EQ(Text(*file, 3, 4), "34");
  std::byte out[4];
  const auto read = file->Read(3, out);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
}

TEST(ByteSourceTest, GrownWhileOpen) {
  const UniqueFd fd = FileWith("01234");
  const auto file = FileBytes::Open(fd.get());
  ASSERT_TRUE(file);
  ASSERT_EQ(::pwrite(fd.get(), "56789", 5, 5), 5);
  EXPECT_EQ(Text(*file, 3, 4), "34");
}

TEST(ByteSourceTest, OnlyRegularFiles) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd in(ends[0]), out(ends[1]);
  const UniqueFd directory(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const int fd : {in.get(), directory.get()}) {
    const auto file = FileBytes::Open(fd);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::kInvalid);
  }
  const auto none = FileBytes::Open(-1);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kIo);
}

TEST(ByteSourceTest, WhatTheSystemRefuses) {
  std::string name = testing::TempDir() + "byte_source_XXXXXX";
  const UniqueFd made(::mkstemp(name.data()));
  ASSERT_EQ(::pwrite(made.get(), "text", 4, 0), 4);
  const UniqueFd writing(::open(name.c_str(), O_WRONLY | O_CLOEXEC));
  ::unlink(name.c_str());
  const auto file = FileBytes::Open(writing.get());
  ASSERT_TRUE(file);
  std::byte out[1];
  const auto got = file->ReadSome(0, out);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace kdumpd
