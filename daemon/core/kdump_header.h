// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "daemon/core/byte_order.h"
#include "daemon/core/error.h"

// The headers of makedumpfile's kdump-compressed format and of its forerunner diskdump
// (makedumpfile diskdump_mod.h, makedumpfile.h), in both byte orders, of 64-bit and 32-bit writers.
// In the file: header, sub-header, bitmap of the pages that exist, bitmap of those in the dump, one
// descriptor for each of these, their data, what a filter has erased.
namespace kdumpd {

inline constexpr std::size_t kKdumpHeaderBytes = 464;     // of the larger layout
inline constexpr std::size_t kKdumpSubHeaderBytes = 104;  // of the largest layout and version
inline constexpr int kMaxKdumpVersion = 6;
inline constexpr std::uint32_t kKdumpIncomplete = 0x8;  // in status: DUMP_DH_COMPRESSED_INCOMPLETE

struct KdumpHeader {
  Endian endian = Endian::kLittle;
  std::size_t word_bytes = 8;  // 8 or 4: long of the writer
  int version = 0;             // above kMaxKdumpVersion: of a makedumpfile that is not out yet
  std::string node, release, kernel_version, machine;  // hostile, up to 65 bytes each
  std::int64_t seconds = 0;                            // of the crash, since the epoch; as written
  std::uint32_t status = 0;
  std::uint64_t block_bytes = 0;  // of a page too; a power of two, 4 KiB to 256 KiB
  std::uint64_t sub_header_blocks = 0;
  std::uint64_t bitmap_blocks = 0;  // both bitmaps
  std::uint32_t max_pfn = 0;        // one past the last page frame, as far as 32 bits hold it

  // Where the bitmaps begin and end; below 2^51.
  [[nodiscard]] std::uint64_t bitmaps_begin() const {
    return (1 + sub_header_blocks) * block_bytes;
  }
  [[nodiscard]] std::uint64_t bitmaps_end() const {
    return bitmaps_begin() + bitmap_blocks * block_bytes;
  }
  // Nothing where the clock was never set, and beyond the year 9999.
  [[nodiscard]] std::optional<std::int64_t> crash_time() const;
};
// `head`: the first kKdumpHeaderBytes of a file that begins with one of the signatures, or fewer
// where the file ends. kNotFound: it ends before the header does; kInvalid: fields without sense.
[[nodiscard]] Result<KdumpHeader> ParseKdumpHeader(Bytes head);

struct FileRange {
  std::uint64_t offset = 0, bytes = 0;
  // One past the end; nothing when no number holds that.
  [[nodiscard]] std::optional<std::uint64_t> end() const { return CheckedAdd(offset, bytes); }
};

// What the header's version has; the rest is empty.
struct KdumpSubHeader {
  std::optional<std::uint64_t> phys_base;  // wraps where it is negative
  std::optional<int> dump_level;
  bool split = false;  // one file of several: holds the page frames from start_pfn up to end_pfn
  std::uint64_t start_pfn = 0, end_pfn = 0;
  FileRange vmcoreinfo, notes, eraseinfo;
  std::uint64_t max_pfn = 0;  // one past the last page frame
};
// `bytes`: kKdumpSubHeaderBytes at block 1, or what there is of them.
[[nodiscard]] KdumpSubHeader ParseKdumpSubHeader(const KdumpHeader& header, Bytes bytes);

}  // namespace kdumpd
