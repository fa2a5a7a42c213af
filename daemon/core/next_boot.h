// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the boot loader will pass to the kernel at the next boot.
namespace kdumpd {

struct NextBoot {
  std::string cmdline;  // kernel arguments of the default entry
  std::string kernel;   // release or image path it boots; "" when not known
  std::string source;   // the file they stand in
  std::string title;    // of the entry; "" when it has none
};

// One Boot Loader Specification Type 1 entry (/boot/loader/entries/*.conf). Several `options` lines
// are joined with a blank; "$name" is replaced from `variables` (grub2 blscfg).
struct BootEntry {
  std::string file;
  std::string title;
  std::string version;
  std::string linux_image;
  std::string options;
};
[[nodiscard]] BootEntry ParseBootEntry(std::string_view text, std::string_view file);

}  // namespace kdumpd
