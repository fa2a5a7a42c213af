// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "daemon/core/error.h"
#include "daemon/vmcore/container.h"
#include "daemon/vmcore/vmcoreinfo.h"

namespace kdumpd {

// Reads physical memory; what Container::ReadPhysical does.
using PhysicalRead = std::function<Result<void>(std::uint64_t address, std::span<std::byte> out)>;
// The physical address of a virtual one. kNotFound: not mapped, or the tables are not in the dump.
using Translation = std::function<Result<std::uint64_t>(std::uint64_t address)>;

// How the kernel maps its own memory, from its notes. Verified on real dumps, see each.
// kNotFound names the key that is missing, kInvalid one that makes no sense.
// arch/x86: kernel image by phys_base (wraps: it is negative where the image lies below its virtual
// offset), else 4 or 5 levels of tables, huge pages, memory encryption.
[[nodiscard]] Result<Translation> TranslateX86(const Vmcoreinfo& notes, PhysicalRead memory,
                                               std::uint64_t phys_base);
// arch/arm64: the tables (4, 16, 64 KiB; LPA, LPA2); what they do not give, the layout: image by
// kimage_voffset, linear map by PHYS_OFFSET.
[[nodiscard]] Result<Translation> TranslateArm64(const Vmcoreinfo& notes, PhysicalRead memory);
// The layout alone.
[[nodiscard]] Result<Translation> TranslateArm64ByLayout(const Vmcoreinfo& notes);
// arch/powerpc, 64 bits: the linear map; arch/s390: identity before 6.10, then by two bases.
[[nodiscard]] Result<Translation> TranslatePpc64(const Vmcoreinfo& notes);
[[nodiscard]] Result<Translation> TranslateS390(const Vmcoreinfo& notes);

// The kernel's virtual memory in a dump. One thread; keeps references to what it was opened on.
class VirtualMemory {
 public:
  // Chooses the translation by facts().machine and proves it: the utsname at init_uts_ns must say
  // "Linux" and the release that VMCOREINFO says. kNotFound when there is no rule for the machine
  // or a key is missing, kInvalid when the proof fails.
  // Where the utsname's page cannot be read the translation is tried all the same: unproven() says
  // why, and what is read through it has to prove itself.
  static Result<VirtualMemory> Open(Container& container, const Vmcoreinfo& notes);
  VirtualMemory(Translation translation, PhysicalRead memory, Endian endian, int word_bytes,
                std::uint64_t page_size);

  // May cross pages, each is translated. Errors as of Translation and Container::ReadPhysical.
  [[nodiscard]] Result<void> Read(std::uint64_t address, std::span<std::byte> out) const;
  // The same, but a page that cannot be read is zeros: true when all of it was there.
  [[nodiscard]] bool ReadOrZero(std::uint64_t address, std::span<std::byte> out) const;
  // An unsigned number of 1 to 8 bytes; a pointer.
  [[nodiscard]] Result<std::uint64_t> Number(std::uint64_t address, std::size_t size) const;
  [[nodiscard]] Result<std::uint64_t> Pointer(std::uint64_t address) const;
  [[nodiscard]] Endian endian() const { return endian_; }
  [[nodiscard]] int word_bytes() const { return word_bytes_; }
  // Of the utsname that proved the translation; "" when made by hand.
  [[nodiscard]] const std::string& node() const { return node_; }
  [[nodiscard]] const std::string& version() const { return version_; }
  [[nodiscard]] const std::string& unproven() const { return unproven_; }

 private:
  Translation translation_;
  PhysicalRead memory_;
  Endian endian_;
  int word_bytes_;
  std::uint64_t page_size_;
  std::string node_, version_, unproven_;
};

}  // namespace kdumpd
