// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/taint.h"

#include <algorithm>
#include <array>

namespace kdumpd {
namespace {

// kernel/panic.c taint_flags. Bits above are the distributions' own.
constexpr std::array kTaints{
    Taint{0, 'P', "a proprietary module", false},
    Taint{1, 'F', "a module that was loaded by force", false},
    Taint{2, 'S', "a processor out of its specification", false},
    Taint{3, 'R', "a module that was unloaded by force", false},
    Taint{4, 'M', "a machine check", true},
    Taint{5, 'B', "a bad page", true},
    Taint{6, 'U', "asked for by a user", false},
    Taint{7, 'D', "a kernel oops", true},
    Taint{8, 'A', "an overridden ACPI table", false},
    Taint{9, 'W', "a kernel warning", true},
    Taint{10, 'C', "a staging driver", false},
    Taint{11, 'I', "a workaround for a firmware bug", false},
    Taint{12, 'O', "a module from outside the tree", false},
    Taint{13, 'E', "an unsigned module", false},
    Taint{14, 'L', "a soft lockup", true},
    Taint{15, 'K', "a live patch", false},
    Taint{16, 'X', "set by the distribution", false},
    Taint{17, 'T', "a randomized structure layout", false},
    Taint{18, 'N', "an in-kernel test", false},
    Taint{19, 'J', "a mutating debug operation of a device", false},
};

}  // namespace

std::vector<Taint> TaintsOf(std::int64_t tainted) {
  std::vector<Taint> taints;
  const auto bits = static_cast<std::uint64_t>(tainted);
  for (int bit = 0; bit < 64; ++bit) {
    if ((bits >> bit & 1) == 0) continue;
    const auto* const known = std::ranges::find(kTaints, bit, &Taint::bit);
    taints.push_back(known != kTaints.end()
                         ? *known
                         : Taint{bit, '?', "a bit of the distribution's own", false});
  }
  return taints;
}

std::vector<Taint> TaintsOf(std::string_view letters) {
  std::vector<Taint> taints;
  for (const Taint& taint : kTaints) {
    if (letters.contains(taint.letter)) taints.push_back(taint);
  }
  return taints;
}

}  // namespace kdumpd
