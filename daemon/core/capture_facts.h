// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the capture kernel will be made of, as far as files of the running system tell.
namespace kdumpd {

// From the kernel's build configuration (/boot/config-RELEASE or /usr/lib/modules/RELEASE/config).
struct KernelLayout {
  int page_bytes = 0;  // 4096, 16384, 65536; 0: not said
  int va_bits = 0;     // CONFIG_ARM64_VA_BITS; 0: not said
};
[[nodiscard]] KernelLayout ParseKernelConfig(std::string_view text);

// makedumpfile as it lies on the node; its version is read from the file, it is never run.
struct Program {
  std::string path;
  std::string version;  // "1.7.2"; "" when the file does not say
  std::uint64_t bytes = 0;
  std::int64_t mtime = 0;  // seconds since the epoch
};
// What `makedumpfile -v` would print, out of the bytes of the program: "1.7.2", "1.7.8++"; "" when
// the text is not in them. The text is shorter than kVersionTextBytes.
inline constexpr std::size_t kVersionTextBytes = 128;
[[nodiscard]] std::string MakedumpfileVersion(std::string_view bytes);

// Whether `_text` is in /proc/kallsyms, from its first lines: symbols stand there by address, and
// `_text` is on aarch64 64 KiB before `_stext`. None: they do not go far enough to tell.
[[nodiscard]] std::optional<bool> HasTextSymbol(std::string_view head);

// One line of /proc/modules.
struct KernelModule {
  std::string name;
  std::uint64_t bytes = 0;
};

// Why the firmware or the kernel may insist on signed images.
struct Trust {
  std::string lockdown;      // none, integrity, confidentiality
  bool secure_boot = false;  // the firmware enforces signatures
};

}  // namespace kdumpd
