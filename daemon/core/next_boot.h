// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
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
  // What the next run of grub-mkconfig would write; none where nothing is generated, or where only
  // a shell could tell.
  std::optional<std::string> configured{};
  std::string configured_in{};  // the file it stands in
};

// One Boot Loader Specification Type 1 entry (/boot/loader/entries/*.conf). Several `options` lines
// are joined with a blank; "$name" stays as it stands (see ExpandGrubVariables).
struct BootEntry {
  std::string file;
  std::string title;
  std::string version;
  std::string linux_image;
  std::string options;
  std::string sort_key;
};
[[nodiscard]] BootEntry ParseBootEntry(std::string_view text, std::string_view file);

// The file's name without its directory and ".conf": what GRUB calls the entry's id.
[[nodiscard]] std::string_view IdOf(const BootEntry& entry);

// Versions as RPM and the Boot Loader Specification order them: runs of digits as numbers, runs of
// letters as text, '~' before anything else. Negative, 0, positive.
[[nodiscard]] int CompareVersions(std::string_view a, std::string_view b);

// Puts the entry that boots first, where nothing is chosen, at the front.
// GRUB's blscfg: by file name, the highest version first; ostree: by the `version` field.
void SortForGrub(std::vector<BootEntry>& entries);
// systemd-boot: entries whose boot attempts are used up last, those with a sort-key first and by
// it, the others by file name, newer versions first.
void SortForSystemdBoot(std::vector<BootEntry>& entries);

// The index of the entry that `choice` names: its id, its title or its number; "" and what names
// none mean the first, as in GRUB (grub-core/normal/menu.c). None when there are no entries.
[[nodiscard]] std::optional<std::size_t> ChooseForGrub(const std::vector<BootEntry>& entries,
                                                       std::string_view choice);
// loader.conf(5) `default`: a glob over file names, "" for the first. None when it names none,
// which may be a unified kernel image or "@saved".
[[nodiscard]] std::optional<std::size_t> ChooseForSystemdBoot(const std::vector<BootEntry>& entries,
                                                              std::string_view pattern);

// The last value of a `key value` line, "" when there is none: loader.conf(5).
[[nodiscard]] std::string LoaderSetting(std::string_view text, std::string_view key);
// The same for `key=value` before or in the section [defaultboot]: zipl.conf(5).
[[nodiscard]] std::string ZiplSetting(std::string_view text, std::string_view key);
// An EFI variable that holds a name: four bytes of attributes, then UTF-16. Characters outside
// ASCII become '?'. "" for what is none.
[[nodiscard]] std::string EfiName(std::string_view bytes);

}  // namespace kdumpd
