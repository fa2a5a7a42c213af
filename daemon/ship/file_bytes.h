// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "daemon/core/upload.h"

namespace kdumpd {

// A regular file as it was when its upload began. The descriptor stays the caller's.
class FileInput {
 public:
  // kChanged: it is not the file of that mark.
  static Uploaded<FileInput> Open(int file, const UploadMark& mark);

  // All of `to`, which lies within the file. kChanged: the file ends before.
  Uploaded<void> Read(std::uint64_t offset, std::span<std::byte> to);
  [[nodiscard]] Uploaded<void> Check() const;
  // Drops what is in the page cache of that range.
  void Forget(std::uint64_t from, std::uint64_t bytes) const;
  [[nodiscard]] const UploadMark& mark() const { return mark_; }

 private:
  FileInput(int file, const UploadMark& mark) : file_(file), mark_(mark) {}
  int file_;
  UploadMark mark_;
};

}  // namespace kdumpd
