// SPDX-License-Identifier: Apache-2.0
// The scripts and programs that the image carries besides the collector.
#include <algorithm>
#include <optional>

#include "daemon/core/checks.h"

namespace kdumpd {
namespace {

constexpr std::size_t kShown = 10;  // pieces of evidence

struct Flaw {
  Status status = Status::kWarn;
  std::string_view reason;
  std::string message;
  std::string remedy;
};
using MaybeFlaw = std::optional<Flaw>;

bool Executable(const InputFile& file) { return (file.mode & 0111) != 0; }

std::string Octal(std::uint32_t mode) {
  std::string digits = "0000";
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, mode >>= 3U) {
    *digit = static_cast<char>('0' + (mode & 7U));
  }
  return digits;
}

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// "kdump_pre /usr/local/bin/pre.sh", or the file alone.
std::string Label(const InputFile& file) {
  const std::string path = Printable(file.input.path);
  return file.input.key.empty() ? path : Cat(file.input.key, ' ', path);
}

Evidence Seen(const InputFile& file) {
  const std::string path = Printable(file.input.path);
  if (!file.problem.empty()) return {path, Printable(file.problem)};
  if (!file.exists) return {path, "(no such file)"};
  const std::string interpreter =
      file.interpreter.empty() ? "" : Cat(", #!", Printable(file.interpreter));
  // kdump.sh do_kdump_pre; what stands in pre.d is only logged.
  const std::string_view note =
      file.input.key == "kdump_pre" ? ", any exit but 0 cancels the dump" : "";
  return {path, Cat("mode ", Octal(file.mode), interpreter, note)};
}

// SUSE copies only what KDUMP_REQUIRED_PROGRAMS names, and fence_kdump_send by itself
// (sysconfig.kdump, dracut/module-setup.sh).
bool LeftOut(const Facts& facts, const InputFile& file) {
  const std::string& key = file.input.key;
  if (key != "KDUMP_PRESCRIPT" && key != "KDUMP_POSTSCRIPT") return false;
  const std::string_view name = BaseName(file.input.path);
  const std::string* list = facts.config->Find("KDUMP_REQUIRED_PROGRAMS");
  const auto words = Words(list == nullptr ? std::string_view() : *list);
  return name != "fence_kdump_send" &&
         std::ranges::none_of(words, [&](std::string_view word) { return BaseName(word) == name; });
}

// Of what the configuration names. kdumpctl check_exist, check_executable: the start ends there.
MaybeFlaw HookFlaw(const Facts& facts, const InputFile& file) {
  const bool aborts = file.input.required;
  const Status status = aborts ? Status::kFail : Status::kWarn;
  const std::string_view then =
      aborts ? ": the next start aborts" : ": the capture kernel goes without it";
  const std::string path = Printable(file.input.path);
  if (!file.exists) {
    return Flaw{status, "missing", Cat(Label(file), " does not exist", then),
                Cat("put ", path, " in its place, or take it out of ", facts.config.source())};
  }
  if (!Executable(file)) {
    return Flaw{status, "not_executable",
                Cat(Label(file), " is not executable (mode ", Octal(file.mode), ")", then),
                Cat("chmod +x ", path)};
  }
  if (!file.regular) {
    return Flaw{Status::kWarn, "not_a_file", Cat(Label(file), " is not a regular file"),
                Cat("name a program in ", facts.config.source())};
  }
  if (LeftOut(facts, file)) {
    return Flaw{Status::kWarn, "not_in_image",
                Cat(Label(file), " is not among KDUMP_REQUIRED_PROGRAMS, so the image lacks it"),
                Cat("add ", path, " to KDUMP_REQUIRED_PROGRAMS in ", facts.config.source())};
  }
  return std::nullopt;
}

MaybeFlaw EntryFlaw(const InputFile& file) {
  if (file.exists && (Executable(file) || !file.regular)) return std::nullopt;
  const std::string path = Printable(file.input.path);
  const std::string_view why = file.exists ? "is not executable" : "is a link that leads nowhere";
  return Flaw{Status::kWarn, "ignored", Cat(path, " ", why, ", so it is ignored"),
              file.exists ? Cat("chmod +x ", path, ", or remove it") : Cat("rm ", path)};
}

// A failing kdump_pre cancels the dump; the other hooks only fail themselves.
MaybeFlaw InterpreterFlaw(const InputFile& file) {
  if (!file.interpreter_missing) return std::nullopt;
  const bool cancels = file.input.key == "kdump_pre";
  return Flaw{
      cancels ? Status::kFail : Status::kWarn, "interpreter_missing",
      Cat(Label(file), " asks for ", Printable(file.interpreter),
          ", which does not exist: it cannot run", cancels ? ", and that cancels the dump" : ""),
      Cat("correct the first line of ", Printable(file.input.path), " (LF line ends)")};
}

// check_exist asks for pre.d and post.d; releases that know neither ask for neither.
MaybeFlaw DirectoryFlaw(const Facts& facts, const InputFile& file) {
  if (file.exists || !file.input.required) return std::nullopt;
  const auto sibling = [](const InputFile& other) {
    return other.input.role == InputRole::kHookDirectory && other.input.required && other.exists;
  };
  if (std::ranges::none_of(facts.image_inputs.value(), sibling)) return std::nullopt;
  const std::string path = Printable(file.input.path);
  return Flaw{Status::kFail, "directory_missing",
              Cat(path, " does not exist: the next start aborts"), Cat("mkdir -p ", path)};
}

bool IsHook(const InputFile& file) {
  return file.input.role == InputRole::kHook || file.input.role == InputRole::kHookEntry;
}

MaybeFlaw FlawOf(const Facts& facts, const InputFile& file) {
  const InputRole role = file.input.role;
  const bool directory = role == InputRole::kHookDirectory;
  if (!IsHook(file) && !directory) return std::nullopt;
  if (!file.problem.empty()) {
    return Flaw{Status::kUnknown, "unreadable",
                Cat("could not look at ", Label(file), ": ", Printable(file.problem)), ""};
  }
  if (directory) return DirectoryFlaw(facts, file);
  MaybeFlaw flaw = role == InputRole::kHook ? HookFlaw(facts, file) : EntryFlaw(file);
  if (flaw && flaw->reason != "not_in_image") return flaw;
  if (MaybeFlaw cannot_run = InterpreterFlaw(file)) return cannot_run;
  return flaw;
}

// Which of two findings is told first.
int Rank(Status status) { return status == Status::kFail ? 0 : status == Status::kWarn ? 1 : 2; }

}  // namespace

Finding HookScripts(const Facts& facts, const Numbers&, const Policy&) {
  if (facts.config.absent()) return NotApplicable("no_config", "there is no configuration file");
  if (!facts.config.known()) return NotKnown(facts.config);
  if (!facts.image_inputs.known()) return NotKnown(facts.image_inputs);
  MaybeFlaw worst;
  std::vector<Evidence> flawed;
  std::vector<Evidence> all;
  for (const InputFile& file : facts.image_inputs.value()) {
    const MaybeFlaw flaw = FlawOf(facts, file);
    const bool first = flaw && (!worst || Rank(flaw->status) < Rank(worst->status));
    if (first) flawed.insert(flawed.begin(), Seen(file));
    if (flaw && !first && flawed.size() < kShown) flawed.push_back(Seen(file));
    if (first) worst = flaw;
    if (IsHook(file) && all.size() < kShown) all.push_back(Seen(file));
  }
  if (worst) return Found(worst->status, worst->reason, worst->message, flawed, worst->remedy);
  if (all.empty()) {
    return NotApplicable("no_hooks", "no script is configured, and the hook directories are empty");
  }
  const auto count = std::ranges::count_if(facts.image_inputs.value(), IsHook);
  return Found(Status::kPass, "runnable",
               Cat(count, " scripts and programs go into the image, all can run"), all);
}

}  // namespace kdumpd
