// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/text.h"
#include "daemon/vmcore/page_walk.h"
#include "daemon/vmcore/virtual_memory.h"

namespace kdumpd {

// Before 6.10 the kernel's virtual addresses are physical ones. Since then (arch/s390/kernel/
// vmcore_info.c, arch/s390/boot/boot.h) image and memory have bases of their own, the image's the
// higher; source only, not seen in a dump.
Result<Translation> TranslateS390(const Vmcoreinfo& notes) {
  const auto memory = notes.Hex("IDENTITYBASE");
  if (!memory) return [](std::uint64_t address) -> Result<std::uint64_t> { return address; };
  const auto image = notes.Hex("KERNELOFFSET");
  const auto image_physical = notes.Hex("KERNELOFFPHYS");
  if (!image || !image_physical) {
    return Fail(ErrorCode::kNotFound,
                Cat(image ? "KERNELOFFPHYS" : "KERNELOFFSET", " is not in VMCOREINFO"));
  }
  return [memory = *memory, image = *image,
          physical = *image_physical](std::uint64_t address) -> Result<std::uint64_t> {
    if (address >= image) return address - image + physical;
    if (address >= memory) return address - memory;
    return Fail(ErrorCode::kNotFound, Cat(AddressText(address), " is not a kernel address"));
  };
}

}  // namespace kdumpd
