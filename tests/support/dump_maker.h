// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/byte_order.h"
#include "daemon/core/inspection.h"

// Writes tiny dumps of machines that never were: for tests, and as seeds of fuzzers. Formats:
// elf(5), makedumpfile's diskdump_mod.h, makedumpfile.h and IMPLEMENTATION.
namespace kdumpd {

// A machine at the moment of its crash.
struct Machine {
  std::string architecture = "x86_64";  // as uname -m
  Endian endian = Endian::kLittle;
  int word_bytes = 8;              // 8 or 4
  std::uint64_t page_size = 4096;  // 4096 to 65536
  // Memory, by page frame number: page_size bytes each.
  std::map<std::uint64_t, std::string> pages;
  // Frames that exist and are not dumped (bitmap 1 without bitmap 2).
  std::set<std::uint64_t> excluded;
  std::string vmcoreinfo;  // without OSRELEASE, PAGESIZE and CRASHTIME, which come by themselves
  std::string node = "node1";
  std::string release = "6.1.0-1-test";
  std::string version = "#1 SMP PREEMPT_DYNAMIC Test 6.1.1-1";
  std::int64_t crash_time = 1'795'334'808;  // 2026-11-22T08:06:48Z
  std::uint32_t cpus = 2;
  std::int64_t phys_base = 0;

  // Bytes at a physical address; the pages they need come into being, zeroed.
  void Write(std::uint64_t address, std::string_view bytes);
  void WriteNumber(std::uint64_t address, int size, std::uint64_t value);
  // As the kernel writes it into its note: OSRELEASE first, CRASHTIME last.
  [[nodiscard]] std::string VmcoreinfoText() const;
  // One past the highest page frame.
  [[nodiscard]] std::uint64_t EndPfn() const;
};

// A machine of that architecture ("x86_64", "aarch64", "ppc64le", "s390x", "ppc64", "i686",
// "armv7l") with a handful of pages, each with something else in it, a zero page among them, and no
// kernel.
[[nodiscard]] Machine BareMachine(std::string_view architecture, std::uint64_t page_size = 4096);

struct ElfOptions {
  bool extended_phnum = false;  // e_phnum 0xffff, the count in section header 0
  bool overlapping = false;     // a first PT_LOAD that holds the first run of pages once more
  bool incomplete = false;      // makedumpfile's mark, e_flags 1
  bool final_newline = true;    // of VMCOREINFO
  // A PT_LOAD of memory that is not in the file: p_filesz 0, p_memsz one page.
  bool empty_segment = false;
};
[[nodiscard]] std::string ElfDump(const Machine& machine, const ElfOptions& options = {});

struct KdumpOptions {
  std::string_view signature = "KDUMP   ";
  int header_version = 6;           // 1 to 6
  std::string_view codec = "zlib";  // none, zlib, lzo, snappy, zstd, mixed
  int dump_level = 31;
  bool shared_zero_page = true;       // else each zero page has data of its own
  bool incomplete = false;            // as ENOSPC leaves it: flag, last descriptors zero
  bool single_bitmap = false;         // diskdump's form: only the bitmap of dumped pages
  std::string eraseinfo{};            // what makedumpfile's filter says it erased
  std::optional<SplitRange> split{};  // parts is not used
};
[[nodiscard]] std::string KdumpDump(const Machine& machine, const KdumpOptions& options = {});

// What `makedumpfile --split` writes: `parts` files, each with a share of the page frames.
[[nodiscard]] std::vector<std::string> SplitSet(const Machine& machine, std::uint64_t parts,
                                                KdumpOptions options = {});

struct FlattenedOptions {
  std::size_t record_bytes = 65536;  // the most in one record
  bool end_marker = true;
  // As makedumpfile -F does: first the header, then the notes, then the sub header, which is
  // written once more at the end; what no record writes is a hole.
  bool in_makedumpfile_order = true;
};
// `logical`: an ELF or a kdump file.
[[nodiscard]] std::string Flattened(std::string_view logical, const FlattenedOptions& options = {});

// Notes as they are in a dump of this machine, and where the text of VMCOREINFO is in them.
struct NoteBytes {
  std::string bytes;
  std::size_t vmcoreinfo_at = 0;
  std::size_t vmcoreinfo_size = 0;
};
[[nodiscard]] NoteBytes MakeNotes(const Machine& machine, bool final_newline = true);

// Fields one after the other in the byte order of a machine.
class FieldWriter {
 public:
  // `align`: the most that a field is aligned to.
  FieldWriter(Endian endian, std::size_t align) : endian_(endian), align_(align) {}
  FieldWriter& Put(int size, std::uint64_t value);
  FieldWriter& Text(std::string_view text, std::size_t width);  // padded with zeros, or clipped
  FieldWriter& Pad(std::size_t multiple);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  Endian endian_;
  std::size_t align_;
  std::string bytes_;
};
// `value` as `size` bytes.
[[nodiscard]] std::string NumberBytes(Endian endian, int size, std::uint64_t value);
// Overwrites bytes of `text` at `at`, which grows where it is too short.
void Overwrite(std::string& text, std::uint64_t at, std::string_view bytes);

}  // namespace kdumpd
