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
  // Drops what the page cache holds of what is before `offset`; at the end, of all of it.
  void DropBefore(std::uint64_t offset) const;
  [[nodiscard]] const UploadMark& mark() const { return mark_; }

 private:
  FileInput(int file, const UploadMark& mark) : file_(file), mark_(mark) {}
  int file_;
  UploadMark mark_;
};

}  // namespace kdumpd
