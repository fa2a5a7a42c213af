// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What GRUB will boot, as far as its files say it without being run: grub.cfg as grub-mkconfig
// writes it, and the environment block (grub-core/lib/envblk.c).
namespace kdumpd {

using GrubVariables = std::map<std::string, std::string, std::less<>>;

// The block of grub-editenv: a signature line, NAME=value lines with backslash escapes, '#' as
// padding. None without the signature; at most 256 variables.
[[nodiscard]] std::optional<GrubVariables> ParseGrubEnvironment(std::string_view block);

// $name and ${name} replaced once, from the left; unknown names give nothing, as in GRUB.
[[nodiscard]] std::string ExpandGrubVariables(std::string_view text,
                                              const GrubVariables& variables);

// One menuentry or submenu.
struct GrubItem {
  std::string title;
  std::string id;  // $menuentry_id_option or --id; "" without one
  bool submenu = false;
  bool ambiguous = false;  // more than one kernel line, and they differ: a script decides
  std::string kernel;      // path of the image; "" when it boots no Linux directly
  std::string arguments;   // of the kernel, not expanded
  std::vector<GrubItem> items;
};

struct GrubMenu {
  std::vector<GrubItem> items;
  GrubVariables variables;     // what the top level sets, the last of each name
  std::string default_choice;  // of `set default=`, that for ${next_entry} left out; not expanded
  bool once = false;           // it obeys next_entry, which counts for one boot
  bool blscfg = false;         // adds the entries of /boot/loader/entries
};

// Bounded: at most 1,000 items, 8 levels. What it does not know it steps over.
[[nodiscard]] GrubMenu ParseGrubConfig(std::string_view text);

// The item that `choice` names: its number, id or title; "a>b" goes into submenus. What names none
// means the first (grub-core/normal/menu.c). Null for an empty menu, or where it ends in a submenu.
[[nodiscard]] const GrubItem* ChooseItem(const std::vector<GrubItem>& items,
                                         std::string_view choice);

// The arguments that the next grub-mkconfig would give to a normal entry, from the texts of
// /etc/default/grub and /etc/default/grub.d/*.cfg in this order: GRUB_CMDLINE_LINUX, then
// GRUB_CMDLINE_LINUX_DEFAULT. None where a shell would have to be asked.
[[nodiscard]] std::optional<std::string> ConfiguredGrubCmdline(std::span<const std::string> texts);

}  // namespace kdumpd
