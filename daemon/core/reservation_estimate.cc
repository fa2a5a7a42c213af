// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/reservation_estimate.h"

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kRuntime = 16 << 20;           // as kdumpctl do_estimate
constexpr std::uint64_t kLargestInitrd = 1ULL << 40U;  // no image is larger: a sparse file

// How often the image is in memory while it is unpacked: the file itself, which is freed only when
// all of it is unpacked (init/initramfs.c), and its content. kdumpctl counts twice the file for the
// content. An archive without compression outside has the size it has; a squashfs in it stays
// compressed.
std::uint64_t TimesInMemory(std::string_view magic) { return magic == "cpio" ? 2 : 3; }
// Content is never smaller than the file that holds it.
constexpr std::uint64_t kTimesAtLeast = 2;

}  // namespace

std::optional<ReservationEstimate> EstimateReservation(const Facts& facts) {
  if (facts.fadump.known() && facts.fadump->enabled) return std::nullopt;
  if (!facts.initrd.known() || facts.initrd->bytes > kLargestInitrd) return std::nullopt;
  const std::uint64_t initrd = facts.initrd->bytes;
  const std::uint64_t times = TimesInMemory(facts.initrd->magic);
  // The running kernel's; the capture kernel is mostly the same.
  const std::uint64_t kernel = facts.iomem.known() ? facts.iomem->kernel_bytes : 0;
  return ReservationEstimate{
      kernel + times * initrd + kRuntime, kernel + kTimesAtLeast * initrd,
      Cat(kernel > 0 ? Cat("kernel ", FormatBytes(kernel), " + ") : "", times, " x initramfs ",
          FormatBytes(initrd), " + ", FormatBytes(kRuntime), " to run; ",
          kernel > 0 ? "" : "the kernel, ", "modules and an encrypted target are not counted")};
}

}  // namespace kdumpd
