// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/notes.h"
#include "daemon/vmcore/vmcoreinfo.h"
#include "tests/support/memory_bytes.h"

// A byte of byte order, then notes; what they hold goes on to VMCOREINFO, and so do they.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto endian = (data[0] & 1) != 0 ? kdumpd::Endian::kBig : kdumpd::Endian::kLittle;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto notes = kdumpd::ReadNotes(kdumpd::MemoryBytes(text), 1, size - 1, endian);
  if (!notes) __builtin_trap();
  if (notes->cpus > size / 12 || notes->vmcoreinfo.size() > size) __builtin_trap();
  // One byte more than there is: the same, and not valid.
  const auto more = kdumpd::ReadNotes(kdumpd::MemoryBytes(text), 1, size, endian);
  if (!more || more->valid || more->cpus != notes->cpus) __builtin_trap();
  for (const std::string& source : {notes->vmcoreinfo, text}) {
    const kdumpd::Vmcoreinfo info(source);
    for (const std::string_view key : {"OSRELEASE", "PAGESIZE", "A"}) {
      if (info.Text(key).find('\n') != std::string_view::npos) __builtin_trap();
      if (info.Text(key).empty() && (info.Decimal(key) || info.Hex(key))) __builtin_trap();
    }
    (void)info.Number("phys_base");
    (void)info.Symbol("prb");
    (void)info.Size("printk_info");
    (void)info.Offset("printk_info.ts_nsec");
  }
  return 0;
}
