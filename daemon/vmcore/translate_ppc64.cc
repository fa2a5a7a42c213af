// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/text.h"
#include "daemon/vmcore/page_walk.h"
#include "daemon/vmcore/virtual_memory.h"

namespace kdumpd {

namespace {

// arch/powerpc/include/asm/book3s/64: memory and image from PAGE_OFFSET; 0xc008... and above is
// vmalloc, by tables that are not read here.
constexpr std::uint64_t kLinearStart = 0xc000000000000000;
constexpr std::uint64_t kLinearBytes = 1ULL << 51;

}  // namespace

Result<Translation> TranslatePpc64(const Vmcoreinfo& /*notes*/) {
  return [](std::uint64_t address) -> Result<std::uint64_t> {
    if (address - kLinearStart < kLinearBytes) return address - kLinearStart;
    return Fail(ErrorCode::kNotFound, Cat(AddressText(address), " is not in the linear map"));
  };
}

}  // namespace kdumpd
