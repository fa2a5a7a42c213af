// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "daemon/core/byte_order.h"
#include "daemon/core/error.h"

namespace kdumpd {

// The bytes of a dump by offset: a file, or what a flattened file says of another. Reading never
// changes what is read. One thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // One past the last byte that can be read.
  [[nodiscard]] virtual std::uint64_t Size() const = 0;
  // As many bytes as there are, at most out.size(); less only at the end. kIo when the disk fails.
  [[nodiscard]] virtual Result<std::size_t> ReadSome(std::uint64_t offset,
                                                     std::span<std::byte> out) const = 0;
  // All of out, or kNotFound "bytes A to B of SIZE".
  [[nodiscard]] Result<void> Read(std::uint64_t offset, std::span<std::byte> out) const;

 protected:
  ByteSource() = default;
  ByteSource(const ByteSource&) = default;
  ByteSource& operator=(const ByteSource&) = default;
};

// An open regular file, by pread alone: no mapping, so that a writer that truncates it raises no
// SIGBUS here. Does not own the descriptor. The size is that of the moment of Open().
class FileBytes final : public ByteSource {
 public:
  // kInvalid when it is not a regular file.
  static Result<FileBytes> Open(int fd);
  [[nodiscard]] std::uint64_t Size() const override { return size_; }
  [[nodiscard]] Result<std::size_t> ReadSome(std::uint64_t offset,
                                             std::span<std::byte> out) const override;

 private:
  FileBytes(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
  int fd_;
  std::uint64_t size_;
};

}  // namespace kdumpd
