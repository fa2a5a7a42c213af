// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/arguments.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <list>
#include <map>
#include <system_error>

#include "daemon/config_values.h"
#include "daemon/core/text.h"
#include "daemon/host/host_root.h"

namespace kdumpd {
namespace {

// Collects "--<key>" for every key that is a flag. std::list: CLI11 keeps references.
struct FlagValues {
  std::list<std::pair<std::string, std::vector<std::string>>> values;

  void AddTo(CLI::App& app) {
    for (const ConfigKey& key : ConfigKeys()) {
      if (!key.is_flag) continue;
      auto& value = values.emplace_back(std::string(key.key), std::vector<std::string>{});
      auto* option =
          app.add_option(Cat("--", key.key), value.second, Cat(key.help, " (", key.accepts, ")"));
      option->type_name("")->expected(1);
      option->multi_option_policy(key.is_list ? CLI::MultiOptionPolicy::TakeAll
                                              : CLI::MultiOptionPolicy::TakeLast);
    }
  }
};

void AddEnvironment(std::vector<Choice>& choices) {
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string name = EnvironmentName(key.key);
    const char* value =
        std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): before any thread
    if (!key.is_flag || value == nullptr || *value == '\0') continue;
    Choice choice{std::string(key.key), {}, name};
    if (key.is_list) {
      for (const std::string_view part : Split(value, ',')) choice.values.emplace_back(Trim(part));
    } else {
      choice.values.emplace_back(value);
    }
    choices.push_back(std::move(choice));
  }
}

void AddOutput(CLI::App& verb, Output& output, const std::map<std::string, Output>& accepted,
               const std::string& help) {
  verb.add_option("--output", output, help)
      ->type_name("")
      ->transform(CLI::CheckedTransformer(accepted));
}

CLI::App* AddCheck(CLI::App& app, Arguments& arguments) {
  CLI::App* check =
      app.add_subcommand("check",
                         "one look at this node: is it ready? Exits 0 ready, 1 degraded, "
                         "2 not ready or arming, 3 unknown");
  AddOutput(*check, arguments.output,
            {{"text", Output::kText}, {"json", Output::kJson}, {"prometheus", Output::kPrometheus}},
            "text, json or prometheus");
  check->add_flag("--all", arguments.all, "also the checks that pass");
  check
      ->add_option("--explain", arguments.explain,
                   "one check: what was read, why it matters, how to fix it")
      ->type_name("");
  return check;
}

CLI::App* AddInspect(CLI::App& app, Arguments& arguments) {
  CLI::App* inspect =
      app.add_subcommand("inspect",
                         "any vmcore or kernel log: what is it, and is it whole? Exits 0 whole, "
                         "1 incomplete, truncated or damaged, 2 not a dump, 3 cannot tell; of "
                         "several paths the worst");
  AddOutput(*inspect, arguments.output, {{"text", Output::kText}, {"json", Output::kJson}},
            "text or json");
  inspect->add_flag("--deep", arguments.deep, "decompresses every page");
  inspect->add_flag("--dmesg", arguments.dmesg, "prints the kernel log");
  inspect
      ->add_option("PATH", arguments.paths,
                   "files, directories that hold a dump, or - for standard input")
      ->type_name("")
      ->required();
  return inspect;
}

// A verb of `crashes` or `drill`. `chosen`: where it is noted, as `verb`.
template <class T>
CLI::App* AddVerb(CLI::App& group, Output& output, T& chosen, T verb, const char* name,
                  const std::string& help) {
  CLI::App* added = group.add_subcommand(name, help);
  AddOutput(*added, output, {{"text", Output::kText}, {"json", Output::kJson}}, "text or json");
  added->callback([&chosen, verb] { chosen = verb; });
  return added;
}

CLI::App* AddCrashesVerb(CLI::App& crashes, Arguments& arguments, CrashesVerb verb,
                         const char* name, const std::string& help) {
  return AddVerb(crashes, arguments.output, arguments.crashes, verb, name, help);
}

void AddAck(CLI::App& crashes, Arguments& arguments) {
  CLI::App* ack = AddCrashesVerb(crashes, arguments, CrashesVerb::kAck, "ack",
                                 "acknowledges crashes: somebody has looked");
  CLI::Option_group* which = ack->add_option_group("which", "exactly one of");
  which->require_option(1);
  which->add_option("ID", arguments.ids, "ids, or unambiguous beginnings of them")->type_name("");
  which->add_flag("--all", arguments.all, "every crash");
  which
      ->add_option_function<std::string>(
          "--older-than",
          [&arguments](const std::string& text) {
            arguments.older_than_ms = ParseDuration(text);
            if (!arguments.older_than_ms) {
              throw CLI::ValidationError("--older-than", "expected a duration, such as 12h or 7d");
            }
          },
          "every crash from before so long ago: 12h, 7d")
      ->type_name("");
}

CLI::App* AddCrashes(CLI::App& app, Arguments& arguments) {
  CLI::App* crashes = app.add_subcommand(
      "crashes",
      "the crashes of this node, with and without the daemon. Exits 0 done, 1 could not");
  crashes->require_subcommand(1);
  AddCrashesVerb(*crashes, arguments, CrashesVerb::kList, "list",
                 "one line for each, newest first");
  AddCrashesVerb(*crashes, arguments, CrashesVerb::kShow, "show", "what is known of one crash")
      ->add_option("ID", arguments.ids, "its id, or an unambiguous beginning of it")
      ->type_name("")
      ->expected(1)
      ->required();
  AddAck(*crashes, arguments);
  CLI::App* send = AddCrashesVerb(*crashes, arguments, CrashesVerb::kSend, "send",
                                  "sends one to where it is safe, now, a historic one too; exits "
                                  "0 when it is verified there");
  send->add_option("ID", arguments.ids, "its id, or an unambiguous beginning of it")
      ->type_name("")
      ->expected(1)
      ->required();
  send->add_option("--destination", arguments.destinations,
                   "only there; may be repeated (every destination)")
      ->type_name("")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  AddCrashesVerb(*crashes, arguments, CrashesVerb::kPrune, "prune",
                 "removes acknowledged dumps beyond the limits of retention.*")
      ->add_flag("--dry-run", arguments.dry_run, "says what would go and why, and removes nothing");
  return crashes;
}

CLI::App* AddBoots(CLI::App& app, Arguments& arguments) {
  CLI::App* boots = app.add_subcommand(
      "boots",
      "how the boots of this node ended, with and without the daemon. Exits 0 done, 1 could not");
  AddOutput(*boots, arguments.output, {{"text", Output::kText}, {"json", Output::kJson}},
            "text or json");
  boots->add_flag("--all", arguments.all, "each in full, not only the newest");
  return boots;
}

CLI::App* AddDrill(CLI::App& app, Arguments& arguments) {
  CLI::App* drill = app.add_subcommand(
      "drill", "a crash on purpose, and whether it was captured. Exits 0 done, 1 could not");
  drill->require_subcommand(1);
  const auto add = [&](DrillVerb verb, const char* name, const std::string& help) {
    return AddVerb(*drill, arguments.output, arguments.drill, verb, name, help);
  };
  CLI::App* start = add(DrillVerb::kStart, "start",
                        "CRASHES THIS NODE, unless there is a reason not to; needs drill.enabled "
                        "in the configuration file");
  start->add_option("--confirm", arguments.confirm, "the name of this node")->type_name("");
  start->add_flag("--cordoned", arguments.cordoned,
                  "the node is cordoned and drained: needed on Kubernetes");
  start->add_flag("--force", arguments.force,
                  "although checks fail or the result could not be told");
  add(DrillVerb::kStatus, "status", "what came of the last drill, and whether one is due");
  add(DrillVerb::kCancel, "cancel", "gives up the pending drill");
  return drill;
}

CLI::App* AddDecrypt(CLI::App& app, Arguments& arguments) {
  CLI::App* decrypt = app.add_subcommand(
      "decrypt",
      "opens what was encrypted to an age key, as age(1) does. Exits 0 done, 1 could not");
  decrypt->add_option("-i,--identity", arguments.identities, "file of secret keys; may be repeated")
      ->type_name("")
      ->required()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  decrypt->add_option("-o,--output", arguments.decrypted, "file to write (standard output)")
      ->type_name("");
  decrypt->add_option("INPUT", arguments.paths, "file to read (standard input)")
      ->type_name("")
      ->expected(0, 1);
  return decrypt;
}

// CLI11 takes "[a,b]" for a list. As a path it is the same with "./" before it.
std::vector<std::string> WithoutLists(int argc, const char* const* argv) {
  std::vector<std::string> words(argv, argv + argc);
  for (std::string& word : words) {
    if (word.starts_with('[') && word.ends_with(']')) word.insert(0, "./");
  }
  std::ranges::reverse(words);  // as CLI11 wants them
  words.pop_back();             // the program
  return words;
}

}  // namespace

Arguments ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  FlagValues flags;
  CLI::App app{"Proves that kdump is ready on this node, and collects what it captures.", "kdumpd"};
  app.set_version_flag("--version", KDUMPD_VERSION);
  app.set_help_flag("-h,--help", "show this");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--config.file", arguments.config_file,
                 Cat("YAML file (", kDefaultConfigFile, " when it is there)"))
      ->type_name("")
      ->envname("KDUMPD_CONFIG_FILE");
  flags.AddTo(app);
  const CLI::App* run = app.add_subcommand("run", "the daemon");
  const CLI::App* check = AddCheck(app, arguments);
  const CLI::App* inspect = AddInspect(app, arguments);
  const CLI::App* crashes = AddCrashes(app, arguments);
  const CLI::App* boots = AddBoots(app, arguments);
  const CLI::App* drill = AddDrill(app, arguments);
  const CLI::App* decrypt = AddDecrypt(app, arguments);
  try {
    app.parse(WithoutLists(argc, argv));
  } catch (const CLI::ParseError& error) {
    arguments.exit_status = app.exit(error) == 0 ? 0 : kExitUsage;
    return arguments;
  }
  if (run->parsed()) arguments.verb = Verb::kRun;
  if (check->parsed()) arguments.verb = Verb::kCheck;
  if (inspect->parsed()) arguments.verb = Verb::kInspect;
  if (crashes->parsed()) arguments.verb = Verb::kCrashes;
  if (boots->parsed()) arguments.verb = Verb::kBoots;
  if (drill->parsed()) arguments.verb = Verb::kDrill;
  if (decrypt->parsed()) arguments.verb = Verb::kDecrypt;
  AddEnvironment(arguments.flags);
  for (auto& [key, values] : flags.values) {
    if (!values.empty()) arguments.flags.push_back({key, std::move(values), Cat("--", key)});
  }
  return arguments;
}

std::string ConfigFile(const Arguments& arguments) {
  const std::string& named = arguments.config_file;
  if (named.empty()) return std::string(kDefaultConfigFile);
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(named, failed);
  return failed ? named : absolute.string();
}

Result<Config> LoadConfig(const Arguments& arguments) {
  std::vector<Choice> choices;
  const bool named = !arguments.config_file.empty();
  const std::string path = ConfigFile(arguments);
  const auto root = HostRoot::Open({});
  if (!root) return std::unexpected(root.error());
  const auto text = root->Read(path);
  if (text) {
    auto parsed = ParseConfigFile(*text, path);
    if (!parsed) return std::unexpected(parsed.error());
    choices = *std::move(parsed);
  } else if (named || text.error().code != ErrorCode::kNotFound) {
    return std::unexpected(text.error().In("configuration file"));
  }
  return MakeConfig(choices, arguments.flags);
}

}  // namespace kdumpd
