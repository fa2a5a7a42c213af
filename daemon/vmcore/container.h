// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/core/byte_order.h"
#include "daemon/core/inspection.h"
#include "daemon/vmcore/byte_source.h"

namespace kdumpd {

// Called now and then by work that may take long: done and total, of a unit of its own. False:
// stop.
using Progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

// What a container says of itself before any page of memory is read.
struct ContainerFacts {
  DumpFormat format = DumpFormat::kNone;  // kKdump or kElf
  Endian endian = Endian::kLittle;
  int word_bytes = 8;           // 8 or 4
  std::string machine;          // as uname -m: of the utsname, else of e_machine; "" unknown
  std::uint64_t page_size = 0;  // kdump: block size; elf: 0, VMCOREINFO knows
  std::string compression;      // see Inspection
  std::optional<int> header_version, dump_level;
  std::optional<std::int64_t> crash_time;  // kdump: header
  std::string node, release, version;      // kdump: utsname of the header
  std::optional<std::uint32_t> cpus;       // NT_PRSTATUS notes
  std::string vmcoreinfo;                  // text of the note, at most 64 KiB; "" none
  bool erased = false;
  std::optional<SplitRange> split;
  // x86_64: the physical address of the kernel image less its offset in the mapping at
  // 0xffffffff80000000; wraps where it is negative.
  std::optional<std::uint64_t> phys_base;
  std::uint64_t set_bytes = 0;  // of a split set: size of the files that belong to it
};

// A dump that could be opened: memory of the crashed machine by physical address. Hostile through
// and through: every offset is checked against the file, every size against a constant too.
// One thread. Keeps references to the sources it was opened on.
class Container {
 public:
  virtual ~Container() = default;
  Container() = default;
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  [[nodiscard]] const ContainerFacts& facts() const { return facts_; }
  // Bytes at a physical address; may cross pages. kNotFound: a page is not in this dump (excluded
  // by the dump level, not written, in another part of a split set, or beyond memory); kInvalid: it
  // is there and contradicts itself (descriptor out of bounds, does not decompress).
  [[nodiscard]] virtual Result<void> ReadPhysical(std::uint64_t address,
                                                  std::span<std::byte> out) = 0;
  // Whether the dump is whole, as far as `level` looks. Stops early when `progress` says so, with
  // state kUnknown and reason "budget" unless a problem was found before.
  [[nodiscard]] virtual Wholeness Check(CheckLevel level, const Progress& progress) = 0;

 protected:
  ContainerFacts facts_;
};

// The unexpected is the judgement over a file whose headers do not let it be opened: truncated
// (header_cut, metadata_cut), damaged (header_invalid, ...).
using Opened = std::expected<std::unique_ptr<Container>, Wholeness>;
[[nodiscard]] Opened OpenElf(const ByteSource& bytes);
// makedumpfile's kdump-compressed format and its forerunner diskdump, header versions 1 to 6.
[[nodiscard]] Opened OpenKdump(const ByteSource& bytes);
// Files of one `makedumpfile --split`, in any order; those that do not belong to the first one's
// set (other node, time, size) or hold the same page frames again are left out. Whole when each is
// whole and together they cover every page frame; else kIncomplete "split_parts_missing".
[[nodiscard]] Opened OpenSplitSet(const std::vector<const ByteSource*>& files);

// A Wholeness that is only its judgement.
[[nodiscard]] inline Wholeness Judge(DumpState state, std::string_view reason, std::string detail,
                                     CheckLevel level = CheckLevel::kHeaders) {
  Wholeness wholeness;
  wholeness.state = state;
  wholeness.reason = reason;
  wholeness.detail = std::move(detail);
  wholeness.level = level;
  return wholeness;
}

}  // namespace kdumpd
