// SPDX-License-Identifier: Apache-2.0
// Whether the reservation is large enough.
#include <algorithm>

#include "daemon/core/checks.h"
#include "daemon/core/reservation_estimate.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kStep = 64 * kMiB;

using Estimate = std::optional<ReservationEstimate>;

// % is the size in MiB, rounded up as a person would.
std::string AskFor(const Facts& facts, std::uint64_t bytes) {
  constexpr Remedy kSet{"grubby --update-kernel=ALL --args=crashkernel=%M, then reboot",
                        "MachineConfig kernelArguments: [crashkernel=%M], or rpm-ostree kargs "
                        "--append-if-missing=crashkernel=%M, then reboot",
                        "set crashkernel=%M in /etc/default/grub.d/kdump-tools.cfg, update-grub, "
                        "then reboot",
                        "kdumptool calibrate, then YaST kdump with at least %M, then reboot"};
  const std::string size = Cat((bytes + kStep - 1) / kStep * (kStep / kMiB));
  std::string text = RemedyFor(facts, kSet);
  for (auto at = text.find('%'); at != std::string::npos; at = text.find('%')) {
    text.replace(at, 1, size);
  }
  return text;
}

struct SizeVerdict {
  Status status;
  std::string_view reason;
};

// `table`: none where there is no table, 0 where it begins above this machine's memory.
SizeVerdict Judge(std::uint64_t reserved, const std::optional<std::uint64_t>& table,
                  const Estimate& estimate, double fail_ratio) {
  if (estimate && reserved < estimate->minimum_bytes) return {Status::kFail, "below_image"};
  if (table && *table == 0) return {Status::kWarn, "memory_below_table"};
  if (table && static_cast<double>(reserved) < static_cast<double>(*table) * fail_ratio) {
    return {Status::kFail, "too_small"};
  }
  if (table && reserved < *table) return {Status::kWarn, "too_small"};
  if (estimate && reserved < estimate->bytes) return {Status::kWarn, "below_estimate"};
  return {Status::kPass, "enough"};
}

std::string SizeMessage(const Numbers& numbers, const Estimate& estimate) {
  std::string text = Cat(FormatBytes(*numbers.reserved_bytes), " reserved");
  if (numbers.recommended_bytes.value_or(0) > 0) {
    text += Cat(", ", FormatBytes(*numbers.recommended_bytes), " recommended (",
                numbers.recommended_source, ")");
  } else if (numbers.recommended_bytes) {
    text += Cat("; kdump is not recommended with ", FormatBytes(*numbers.ram_bytes), " of memory (",
                numbers.recommended_source, ")");
  }
  if (estimate) text += Cat(", the image needs ", FormatBytes(estimate->bytes), " or more");
  return text;
}

std::vector<Evidence> SizeEvidence(const Facts& facts, const Numbers& numbers,
                                   const Estimate& estimate) {
  std::vector<Evidence> evidence{{ReservedSource(facts), Cat(*numbers.reserved_bytes)},
                                 {numbers.ram_source, Cat(FormatBytes(*numbers.ram_bytes),
                                                          numbers.ram_exact ? "" : " or more")}};
  if (estimate) evidence.push_back({facts.initrd.source(), estimate->parts});
  return evidence;
}

std::string SizeRemedy(const Facts& facts, const Numbers& numbers, const Estimate& estimate,
                       const SizeVerdict& verdict) {
  if (verdict.status == Status::kPass) return "";
  if (verdict.reason == "memory_below_table") {
    return "give the machine more memory, or set crashkernel=256M, reboot and try a dump";
  }
  const std::uint64_t table = numbers.recommended_bytes.value_or(0);
  const std::uint64_t image = estimate ? estimate->bytes : 0;
  const bool own_tool = facts.distribution == Distribution::kRhel && table >= image;
  return own_tool ? "kdumpctl reset-crashkernel --kernel=ALL, then reboot"
                  : AskFor(facts, std::max(table, image));
}

// Neither a table nor an image to judge by.
Finding NothingToCompare(const Facts& facts) {
  if (facts.initrd.unreadable()) return NotKnown(facts.initrd);
  return NotApplicable("no_table", "this distribution has no table of sizes for this machine");
}

}  // namespace

// Tables: daemon/core/recommended_size.cc. That 60 % of them is too little is this project's
// choice. The image: daemon/core/reservation_estimate.cc.
Finding CrashReservationSize(const Facts& facts, const Numbers& numbers, const Policy& policy) {
  if (!numbers.reserved_bytes) return NotKnown(facts.crash_size);
  if (*numbers.reserved_bytes == 0) return NotApplicable("nothing_reserved", "nothing is reserved");
  if (!numbers.ram_bytes) {
    return Found(Status::kUnknown, "memory_size_unknown", "the size of memory is not known", {});
  }
  const Estimate estimate = EstimateReservation(facts);
  if (!numbers.recommended_bytes && !estimate) return NothingToCompare(facts);
  const SizeVerdict verdict = Judge(*numbers.reserved_bytes, numbers.recommended_bytes, estimate,
                                    policy.reservation_fail_ratio);
  return Found(verdict.status, verdict.reason, SizeMessage(numbers, estimate),
               SizeEvidence(facts, numbers, estimate),
               SizeRemedy(facts, numbers, estimate, verdict));
}

}  // namespace kdumpd
