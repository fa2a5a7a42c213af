// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "daemon/core/upload.h"
#include "daemon/core/upload_journal.h"
#include "daemon/ship/digest.h"

namespace kdumpd {

// The bytes of one object as a store is to hold them, made from an open file and a plan: the same
// bytes however often, in any order, in any process. Holds one chunk of 64 KiB, never the file.
//
// Reading in order also hashes: whoever has read every byte once, each from where the last ended,
// finds the digests of the whole for free.
class Source {
 public:
  virtual ~Source() = default;
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  [[nodiscard]] virtual std::uint64_t bytes() const = 0;  // as stored
  // Fills `to` from the stored bytes at `offset`: all of it, for no caller asks past the end.
  // kSource: the file cannot be read, or ends early; kChanged: it is not what the plan says.
  virtual Uploaded<void> Read(std::uint64_t offset, std::span<std::byte> to) = 0;
  // The file is still what the plan was made of: size, times, inode. kChanged says what is not.
  virtual Uploaded<void> Check() const = 0;
  // What is stored before `offset` is not read soon: the page cache gives its memory back to the
  // node. Costs nothing but speed when it is read after all.
  virtual void DropBefore(std::uint64_t /*offset*/) const {}
  // SHA-256 of the file and of the object, in hexadecimal; reads what nobody has read in order yet.
  struct Digests {
    std::string plain_sha256, stored_sha256;
  };
  virtual Uploaded<Digests> Whole() = 0;
  // Another one of the same bytes, for another thread: the two share nothing but the file, which
  // both may read. It hashes nothing on the way, and is never asked for Whole().
  [[nodiscard]] virtual std::unique_ptr<Source> ToRead() const = 0;
};

// Of a regular file that stays the caller's, in the clear or encrypted as `plan` says. kChanged:
// the file is not the plan's.
[[nodiscard]] Uploaded<std::unique_ptr<Source>> OpenSource(int file, const UploadPlan& plan);
// What fstat says. kSource: it cannot be told, or it is no regular file.
[[nodiscard]] Uploaded<UploadMark> MarkOf(int file);

// A text that is sent whole: a manifest, a report.
[[nodiscard]] std::unique_ptr<Source> TextSource(std::string text);

}  // namespace kdumpd
