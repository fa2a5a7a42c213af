// SPDX-License-Identifier: Apache-2.0
// Checks of the ages of the image, of what it is made of, and of its load.
#include <algorithm>

#include "daemon/core/checks.h"
#include "daemon/core/load_history.h"

namespace kdumpd {
namespace {

constexpr std::size_t kShown = 10;        // pieces of evidence
constexpr std::int64_t kClockSlack = 60;  // seconds; clocks of file servers differ

using Files = std::vector<const InputFile*>;

std::string Apart(std::int64_t seconds) {
  return FormatSeconds(static_cast<std::uint64_t>(std::max<std::int64_t>(0, seconds)));
}

std::string PathOf(const InputFile& file) { return Printable(file.input.path); }

// "/etc/fstab", "/etc/fstab and 2 more".
std::string Names(const Files& files) {
  const std::string more = files.size() > 1 ? Cat(" and ", files.size() - 1, " more") : "";
  return Cat(PathOf(*files.front()), more);
}

// Of those files that say when the content of the image changed.
struct Ages {
  Files keys;      // the ssh target's key
  Files by_hand;   // newer than the image, and the tool does not look at them
  Files at_start;  // newer, and the next start rebuilds
  Files future;    // newer than this moment
  Files hidden;    // could not be looked at
  std::size_t compared = 0;
};

Files& Pile(Ages& ages, const InputFile& file) {
  if (file.input.role == InputRole::kSshKey) return ages.keys;
  return file.input.tracked ? ages.at_start : ages.by_hand;
}

bool IsCompared(const InputFile& file) {
  const InputRole role = file.input.role;
  const bool ignored_hook = role == InputRole::kHookEntry && (file.mode & 0111) == 0;
  return file.exists && !file.generated && !ignored_hook && role != InputRole::kLoadSettings &&
         role != InputRole::kNetworkDirectory;
}

// Strictly greater, whole seconds: kdumpctl check_files_modified. OSTree's times of 0 and 1 are
// never newer.
Ages AgesOf(const Facts& facts) {
  Ages ages;
  for (const InputFile& file : facts.image_inputs.value()) {
    if (!file.problem.empty()) ages.hidden.push_back(&file);
    if (!IsCompared(file)) continue;
    ++ages.compared;
    if (file.mtime > facts.now + kClockSlack) {
      ages.future.push_back(&file);
    } else if (file.mtime > facts.initrd->mtime) {
      Pile(ages, file).push_back(&file);
    }
  }
  return ages;
}

std::vector<Evidence> Newer(const Files& files, std::int64_t than, std::string_view what) {
  std::vector<Evidence> evidence;
  for (const InputFile* file : files) {
    if (evidence.size() >= kShown) break;
    evidence.push_back(
        {PathOf(*file), Cat("changed ", Apart(file->mtime - than), " after ", what)});
  }
  return evidence;
}

std::string RebuildNow(const Facts& facts) {
  return RemedyFor(facts, {"kdumpctl rebuild && systemctl restart kdump",
                           "kdumpctl rebuild && systemctl restart kdump",
                           "/etc/kernel/postinst.d/kdump-tools $(uname -r) && systemctl restart "
                           "kdump-tools",
                           "mkdumprd -f && systemctl restart kdump"});
}

std::string Restart(const Facts& facts) {
  return std::string(ProfileOf(facts.distribution).restart_command);
}

Finding NotLookedAt(const Files& hidden) {
  std::vector<Evidence> evidence;
  for (const InputFile* file : hidden) {
    if (evidence.size() < kShown) evidence.push_back({PathOf(*file), Printable(file->problem)});
  }
  return Found(Status::kUnknown, "input_unreadable",
               Cat("could not look at ", Names(hidden), ": ", Printable(hidden.front()->problem)),
               std::move(evidence));
}

Finding InTheFuture(const Ages& ages) {
  std::vector<Evidence> evidence;
  for (const InputFile* file : ages.future) {
    if (evidence.size() < kShown) evidence.push_back({PathOf(*file), "dated in the future"});
  }
  return Found(Status::kWarn, "input_in_future",
               Cat(Names(ages.future),
                   " is dated in the future: it looks newer than every image, and hides a change"),
               std::move(evidence), Cat("touch ", PathOf(*ages.future.front())));
}

Finding ByAge(const Facts& facts, const Ages& ages, const Policy& policy) {
  const std::int64_t built = facts.initrd->mtime;
  // One tracked file is enough: the start then copies everything anew.
  if (!ages.at_start.empty() && StartUnderWay(facts, policy)) {
    return Found(Status::kPass, "being_rebuilt",
                 Cat("the service is starting and rebuilds the image for ", Names(ages.at_start)),
                 Newer(ages.at_start, built, "the image was built"));
  }
  if (!ages.keys.empty()) {
    return Found(Status::kFail, "ssh_key_newer",
                 Cat(Names(ages.keys), " was changed ", Apart(ages.keys.front()->mtime - built),
                     " after the image was built: the copy in it may be refused"),
                 Newer(ages.keys, built, "the image was built"), RebuildNow(facts));
  }
  if (!ages.at_start.empty()) {
    return Found(Status::kWarn, "rebuild_at_start",
                 Cat(Names(ages.at_start),
                     " changed after the image was built: the next start rebuilds, the armed image "
                     "has the old content"),
                 Newer(ages.at_start, built, "the image was built"), Restart(facts));
  }
  if (!ages.by_hand.empty()) {
    return Found(Status::kWarn, "rebuild_by_hand",
                 Cat(Names(ages.by_hand),
                     " changed after the image was built, and no start of the service will notice: "
                     "rebuild required by hand"),
                 Newer(ages.by_hand, built, "the image was built"), RebuildNow(facts));
  }
  if (!ages.future.empty()) return InTheFuture(ages);
  if (!ages.hidden.empty()) return NotLookedAt(ages.hidden);
  return Found(Status::kPass, "up_to_date",
               Cat("the image is not older than the ", ages.compared, " files it is made of"),
               {{Printable(facts.initrd->path),
                 Cat("built ", Apart(facts.now - built), " before this look")}});
}

Finding NoInputs(const Facts& facts) {
  if (facts.image_inputs.absent()) {
    return NotApplicable("no_config", "there is no configuration file");
  }
  return NotKnown(facts.image_inputs);
}

// When the image in memory was loaded, as far as that is known.
struct LoadTime {
  std::int64_t time = 0;  // seconds since the epoch; 0: not known
  std::string_view source;
  bool exact = false;  // false: no later than that
};

LoadTime LoadTimeOf(const Facts& facts) {
  const UnitState* unit = LoadingUnit(facts);
  if (unit != nullptr && unit->active_state == "active" && unit->active_enter_usec != 0) {
    return {static_cast<std::int64_t>(unit->active_enter_usec / 1'000'000), "start of the service",
            true};
  }
  const std::int64_t seen = facts.history.armed_since;
  if (seen == facts.now) return {};  // the first look of all says nothing
  return {seen, "first look that found an image loaded", false};
}

// The files that count for a load: the image itself, and the settings of image and load.
Files LoadInputs(const Facts& facts, const InputFile& image) {
  Files files;
  if (facts.initrd.known()) files.push_back(&image);
  for (const InputFile& file : facts.image_inputs.value()) {
    const InputRole role = file.input.role;
    if (role == InputRole::kConfig || role == InputRole::kLoadSettings) files.push_back(&file);
  }
  return files;
}

Finding ByLoad(const Facts& facts, const LoadTime& load, const Files& files) {
  const std::string when =
      Cat("loaded ", Apart(facts.now - load.time), " before this look, by the ", load.source);
  Files changed;
  Files hidden;
  for (const InputFile* file : files) {
    const bool future = file->mtime > facts.now + kClockSlack;
    if (!file->problem.empty() || future) hidden.push_back(file);
    if (!future && file->mtime > load.time) changed.push_back(file);
  }
  std::vector<Evidence> evidence = Newer(changed, load.time, Cat("the ", load.source));
  if (!changed.empty()) {
    const auto last = std::ranges::max(changed, {}, &InputFile::mtime)->mtime;
    // First seen loaded only after the change: this daemon may be younger than the load.
    if (load.exact && facts.history.armed_since >= last) {
      return Found(
          Status::kWarn, "changed_since_start",
          Cat(Names(changed), " changed ", Apart(changed.front()->mtime - load.time),
              " after the start of the service: unless the image was loaded by hand since, "
              "a panic now uses the old one"),
          std::move(evidence), Restart(facts));
    }
    return Found(Status::kWarn, "changed_since_load",
                 Cat(Names(changed), " changed ", Apart(changed.front()->mtime - load.time),
                     " after the image was loaded: a panic now uses the old one"),
                 std::move(evidence), Restart(facts));
  }
  if (!hidden.empty()) {
    const bool future = hidden.front()->problem.empty();
    return Found(Status::kUnknown, future ? "time_in_future" : "input_unreadable",
                 Cat(Names(hidden), future ? " is dated in the future"
                                           : Cat(": ", Printable(hidden.front()->problem))),
                 {{PathOf(*hidden.front()), future ? "dated in the future" : "(unreadable)"}});
  }
  return Found(Status::kPass, load.exact ? "loaded_after" : "loaded_after_likely",
               Cat("nothing changed since the image was ", when),
               {{std::string(load.exact ? LoadingUnit(facts)->name : "kdumpd"), when}});
}

}  // namespace

Finding InitrdStale(const Facts& facts, const Numbers&, const Policy& policy) {
  if (facts.initrd.absent()) return NotApplicable("no_initrd", "there is no initrd to compare");
  if (facts.initrd.unreadable()) return NotKnown(facts.initrd);
  if (!facts.image_inputs.known()) return NoInputs(facts);
  const std::int64_t ahead = facts.initrd->mtime - facts.now;
  if (ahead > kClockSlack) {
    return Found(Status::kUnknown, "image_in_future",
                 Cat("the image is dated ", Apart(ahead),
                     " in the future: no change since would be newer than it"),
                 {{Printable(facts.initrd->path), Cat("dated ", Apart(ahead), " in the future")}},
                 RebuildNow(facts));
  }
  return ByAge(facts, AgesOf(facts), policy);
}

Finding LoadedConfigDrift(const Facts& facts, const Numbers&, const Policy& policy) {
  if (FadumpOn(facts)) {
    return NotApplicable("fadump", "with fadump the boot loader loads the image, at each boot");
  }
  if (facts.crash_loaded.absent() || facts.crash_loaded.Is(false)) {
    return NotApplicable("nothing_loaded", "no image is loaded");
  }
  if (!facts.crash_loaded.known()) return NotKnown(facts.crash_loaded);
  const UnitState* unit = LoadingUnit(facts);
  if (StartUnderWay(facts, policy) || (unit != nullptr && unit->active_state == "reloading")) {
    return NotApplicable("load_under_way", "the service is loading the image at this moment");
  }
  if (!facts.image_inputs.known()) return NoInputs(facts);
  if (facts.initrd.unreadable()) return NotKnown(facts.initrd);
  const LoadTime load = LoadTimeOf(facts);
  if (load.time == 0) {
    return Found(Status::kUnknown, "load_time_unknown",
                 "when the image was loaded is not known: no active service says so, and nobody "
                 "looked then");
  }
  InputFile image;
  if (facts.initrd.known()) {
    image.input.path = facts.initrd->path;
    image.mtime = facts.initrd->mtime;
  }
  return ByLoad(facts, load, LoadInputs(facts, image));
}

}  // namespace kdumpd
