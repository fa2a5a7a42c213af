// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

namespace kdumpd {

// Sanitizers keep what was freed for a while, and shadow all of it: there the figures say nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMemoryIsOurs = false;
#elif defined(__has_feature)
inline constexpr bool kMemoryIsOurs =
    !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
inline constexpr bool kMemoryIsOurs = true;
#endif

// The most memory that this process has had at once, in KiB.
inline std::uint64_t PeakKib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmHWM:" && status >> word) return std::stoull(word);
  }
  return 0;
}
// From here on the peak is counted anew; gives what is resident now, in KiB.
inline std::uint64_t ForgetPeak() {
  std::ofstream("/proc/self/clear_refs") << 5;
  return PeakKib();
}

}  // namespace kdumpd
