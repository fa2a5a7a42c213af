// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/cmdline.h"
#include "daemon/core/grub_config.h"
#include "daemon/core/text.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/observe_parts.h"

namespace kdumpd {
namespace {

using Next = Fact<NextBoot>;

constexpr std::size_t kMaxEntries = 64;
constexpr std::size_t kEntryLimit = 16 << 10;
constexpr std::size_t kGrubConfigLimit = 256 << 10;  // some 10 KiB with three kernels
constexpr std::size_t kMaxDefaults = 32;

// The first is used by RHEL, Fedora and SUSE, the second by Debian; the others by UEFI systems
// before RHEL 9, which are only a pointer to the first since then.
constexpr auto kGrubConfigs = std::to_array<std::string_view>({
    "/boot/grub2/grub.cfg",
    "/boot/grub/grub.cfg",
    "/boot/efi/EFI/redhat/grub.cfg",
    "/boot/efi/EFI/centos/grub.cfg",
    "/boot/efi/EFI/rocky/grub.cfg",
    "/boot/efi/EFI/almalinux/grub.cfg",
    "/boot/efi/EFI/fedora/grub.cfg",
});
// Where the boot partition and the EFI system partition are mounted.
constexpr auto kPartitions = std::to_array<std::string_view>({"/boot", "/efi", "/boot/efi"});
constexpr std::string_view kEntries = "/boot/loader/entries";
constexpr std::string_view kStaged = "/run/ostree/staged-deployment";
constexpr std::string_view kZipl = "/etc/zipl.conf";
constexpr std::string_view kGrubDefaults = "/etc/default/grub";
constexpr std::string_view kGrubDefaultsMore = "/etc/default/grub.d";
// systemd-boot's own, which count before loader.conf (systemd-boot(7)).
constexpr auto kEfiChoices = std::to_array<std::string_view>({
    "/sys/firmware/efi/efivars/LoaderEntryOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
    "/sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
});

Next CannotTell(std::string_view source, std::string why) {
  return Next::Unreadable(std::string(source), std::move(why));
}

bool IsThere(const HostRoot& root, std::string_view path) { return root.Stat(path).has_value(); }

// The names in a directory that end in `suffix`, sorted; more than `limit` names are an error.
Result<std::vector<std::string>> NamesWith(const HostRoot& root, std::string_view directory,
                                           std::string_view suffix, std::size_t limit) {
  auto list = NamesIn(root, directory, limit);
  if (!list) return std::unexpected(std::move(list).error());
  if (list->clipped) return Fail(ErrorCode::kTooLarge, Cat(directory, ": more than ", limit));
  std::erase_if(list->names, [&](const std::string& name) {
    return !name.ends_with(suffix) || name.starts_with('.');
  });
  return std::move(list->names);
}

// All of them: one that cannot be read may be the one that boots.
Result<std::vector<BootEntry>> ReadEntries(const HostRoot& root, std::string_view directory) {
  const auto names = NamesWith(root, directory, ".conf", kMaxEntries);
  if (!names) return std::unexpected(names.error());
  std::vector<BootEntry> entries;
  for (const std::string& name : *names) {
    const std::string path = Cat(directory, '/', name);
    const auto text = root.Read(path, kEntryLimit);
    if (!text) return std::unexpected(text.error());
    entries.push_back(ParseBootEntry(*text, path));
  }
  return entries;
}

Next Boots(const BootEntry& entry, const GrubVariables& variables) {
  NextBoot next;
  next.cmdline = ExpandGrubVariables(entry.options, variables);
  next.kernel = entry.linux_image;
  next.source = entry.file;
  next.title = entry.title;
  return Next::Known(std::move(next), entry.file);
}

// As GRUB's blscfg and zipl do it.
Next FromEntries(const HostRoot& root, std::string_view choice, const GrubVariables& variables) {
  auto entries = ReadEntries(root, kEntries);
  if (!entries) return CannotTell(kEntries, entries.error().message);
  SortForGrub(*entries);
  const auto index = ChooseForGrub(*entries, choice);
  if (!index) return CannotTell(kEntries, "no entries in it");
  return Boots((*entries)[*index], variables);
}

// Beside the configuration; none at all and one that GRUB refuses are the same to it.
Result<GrubVariables> ReadEnvironment(const HostRoot& root, std::string_view path) {
  const auto block = root.Read(path);
  if (block) return ParseGrubEnvironment(*block).value_or(GrubVariables());
  if (block.error().code == ErrorCode::kNotFound) return GrubVariables();
  return std::unexpected(block.error());
}

// What grub.cfg sets itself. The block counts before it: of two branches one is not taken.
void AddVariables(const GrubMenu& menu, GrubVariables& variables) {
  for (const auto& [name, value] : menu.variables) {
    if (value.find('$') == std::string::npos) variables.try_emplace(name, value);
  }
}

// The command line that grub-mkconfig would write now; only where there is something to source.
void AddConfigured(const HostRoot& root, NextBoot& next) {
  std::vector<std::string> paths{std::string(kGrubDefaults)};
  if (const auto more = NamesWith(root, kGrubDefaultsMore, ".cfg", kMaxDefaults)) {
    for (const std::string& name : *more) paths.push_back(Cat(kGrubDefaultsMore, '/', name));
  } else if (more.error().code != ErrorCode::kNotFound) {
    return;
  }
  std::vector<std::string> texts;
  next.configured_in = kGrubDefaults;
  for (const std::string& path : paths) {
    auto text = root.Read(path);
    if (!text) return;
    if (text->find("crashkernel=") != std::string::npos) next.configured_in = path;
    texts.push_back(*std::move(text));
  }
  next.configured = ConfiguredGrubCmdline(texts);
}

Next FromMenu(const HostRoot& root, std::string_view path, const GrubMenu& menu,
              std::string_view choice, const GrubVariables& variables) {
  const GrubItem* const item = ChooseItem(menu.items, choice);
  if (item == nullptr) {
    return CannotTell(path, menu.items.empty() ? "no menu entries in it"
                                               : Cat("the default entry \"", Printable(choice, 64),
                                                     "\" cannot be told"));
  }
  const std::string title = Printable(item->title, 64);
  if (item->kernel.empty()) return CannotTell(path, Cat('"', title, "\" boots no Linux directly"));
  if (item->ambiguous) return CannotTell(path, Cat('"', title, "\" has several kernel lines"));
  NextBoot next;
  next.cmdline = ExpandGrubVariables(item->arguments, variables);
  next.kernel = item->kernel;
  next.source = path;
  next.title = item->title;
  AddConfigured(root, next);
  return Next::Known(std::move(next), std::string(path));
}

Next FromGrub(const HostRoot& root, std::string_view path, const GrubMenu& menu) {
  const std::string block = Cat(path.substr(0, path.rfind('/')), "/grubenv");
  auto variables = ReadEnvironment(root, block);
  if (!variables) return CannotTell(block, variables.error().message);
  const std::string once = menu.once ? ExpandGrubVariables("$next_entry", *variables) : "";
  AddVariables(menu, *variables);
  const std::string choice =
      once.empty() ? ExpandGrubVariables(menu.default_choice, *variables) : once;
  return menu.blscfg ? FromEntries(root, choice, *variables)
                     : FromMenu(root, path, menu, choice, *variables);
}

// Entries without a grub.cfg, as zipl and petitboot have them.
GrubMenu OnlyEntries() {
  GrubMenu menu;
  menu.default_choice = "${saved_entry}";
  menu.once = true;
  menu.blscfg = true;
  return menu;
}

// The name that the firmware's variables or loader.conf choose; "" for the first entry.
struct LoaderChoice {
  std::string pattern;
  std::string source;
};
Result<LoaderChoice> ReadLoaderChoice(const HostRoot& root) {
  for (const std::string_view path : kEfiChoices) {
    const auto bytes = root.Read(path, 4096);
    if (bytes && !EfiName(*bytes).empty()) return LoaderChoice{EfiName(*bytes), std::string(path)};
  }
  for (const std::string_view partition : kPartitions) {
    std::string path = Cat(partition, "/loader/loader.conf");
    const auto text = root.Read(path);
    if (text) return LoaderChoice{LoaderSetting(*text, "default"), std::move(path)};
    if (text.error().code != ErrorCode::kNotFound) return std::unexpected(text.error());
  }
  return Fail(ErrorCode::kNotFound, "loader.conf: no such file");
}

Next FromSystemdBoot(const HostRoot& root, const LoaderChoice& choice) {
  std::vector<BootEntry> all;
  for (const std::string_view partition : kPartitions) {
    const std::string images = Cat(partition, "/EFI/Linux");
    const auto unified = NamesWith(root, images, ".efi", kMaxEntries);
    if (unified && !unified->empty()) {
      return CannotTell(images, "unified kernel images carry their arguments inside");
    }
    auto entries = ReadEntries(root, Cat(partition, "/loader/entries"));
    if (!entries && entries.error().code == ErrorCode::kNotFound) continue;
    if (!entries) return CannotTell(partition, entries.error().message);
    std::ranges::move(*entries, std::back_inserter(all));
  }
  SortForSystemdBoot(all);
  const auto index = ChooseForSystemdBoot(all, choice.pattern);
  if (index) return Boots(all[*index], {});
  return CannotTell(choice.source, all.empty()
                                       ? "no entries beside it"
                                       : Cat("the default \"", Printable(choice.pattern, 64),
                                             "\" is none of the entries"));
}

Next NoLoader(const HostRoot& root) {
  const KernelFiles boot(root, "/boot");
  if (!boot.Listed().known()) return boot.NotThere<NextBoot>("/boot");
  return CannotTell("/boot", Cat("no boot loader that is known: looked for grub.cfg, ", kEntries,
                                 " and loader.conf"));
}

Next Look(const HostRoot& root, const Facts& facts) {
  // Becomes the default while the system shuts down (ostree-finalize-staged.service).
  if (IsThere(root, kStaged)) {
    return CannotTell(kStaged, "a staged deployment becomes the default at shutdown");
  }
  if (facts.architecture.Is("s390x") && IsThere(root, kEntries) && IsThere(root, kZipl)) {
    return FromEntries(root, ZiplSetting(root.Read(kZipl).value_or(""), "default"), {});
  }
  // GRUB and zipl name the image; systemd-boot does not.
  const bool image = CmdlineValue(facts.cmdline.ValueOr(""), "BOOT_IMAGE").has_value();
  if (!image) {
    if (const auto choice = ReadLoaderChoice(root)) return FromSystemdBoot(root, *choice);
  }
  for (const std::string_view path : kGrubConfigs) {
    const auto text = root.Read(path, kGrubConfigLimit);
    if (text) return FromGrub(root, path, ParseGrubConfig(*text));
    if (text.error().code != ErrorCode::kNotFound) return CannotTell(path, text.error().message);
  }
  if (IsThere(root, kEntries)) return FromGrub(root, "/boot/grub2/grub.cfg", OnlyEntries());
  return NoLoader(root);
}

Fact<bool> ReadIommu(const HostRoot& root) {
  constexpr std::string_view kPath = "/sys/class/iommu";
  const auto list = NamesIn(root, kPath, 1);
  if (list) return Fact<bool>::Known(!list->names.empty(), std::string(kPath));
  if (list.error().code == ErrorCode::kNotFound) {
    return KernelFiles(root, "/sys/class").NotThere<bool>(kPath);
  }
  return Fact<bool>::Unreadable(std::string(kPath), list.error().message);
}

}  // namespace

void ObserveNextBoot(const HostRoot& root, Facts& facts) {
  facts.iommu = ReadIommu(root);
  const std::string blind = Blind(facts);
  facts.next_boot = blind.empty() ? Look(root, facts) : CannotTell(facts.mounts.source(), blind);
}

}  // namespace kdumpd
