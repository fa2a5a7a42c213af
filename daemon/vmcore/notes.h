// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/byte_order.h"
#include "daemon/vmcore/byte_source.h"

namespace kdumpd {

// What the ELF notes of a dump hold (elf(5), kernel/crash_core.c, kernel/vmcore_info.c).
struct Notes {
  std::uint32_t cpus = 0;  // notes CORE/NT_PRSTATUS: CPUs that saved their registers
  std::string vmcoreinfo;  // text of the note VMCOREINFO, at most kMaxVmcoreinfoBytes
  bool process = false;    // CORE/NT_AUXV: the core of a program, no kernel's has that
  bool valid = true;  // false: a name or descriptor runs past the end; what came before is kept
};
inline constexpr std::size_t kMaxVmcoreinfoBytes = 64 << 10;
inline constexpr std::uint64_t kMaxNoteBytes = 64 << 20;

// The notes at [offset, offset + size), read in pieces: memory does not grow with `size`.
[[nodiscard]] Result<Notes> ReadNotes(const ByteSource& bytes, std::uint64_t offset,
                                      std::uint64_t size, Endian endian);

}  // namespace kdumpd
