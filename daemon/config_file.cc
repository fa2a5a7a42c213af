// SPDX-License-Identifier: Apache-2.0
#include <yaml-cpp/yaml.h>

#include "daemon/config.h"
#include "daemon/config_values.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxMistakes = 100;

// Leaves of the tree as dotted keys. Depth and number are bounded: the file is the operator's, and
// a mistake in it must not hurt the node.
void Flatten(const YAML::Node& node, const std::string& prefix, const std::string& name, int depth,
             std::vector<Choice>& choices, std::vector<std::string>& mistakes) {
  // An alias may stand for a tree that aliases another one: what is told of it is bounded too.
  if (mistakes.size() > kMaxMistakes) return;
  const std::string origin = Cat(name, ":", node.Mark().line + 1);
  if (depth > 4 || choices.size() > 1000) {
    mistakes.push_back(Cat(origin, ": ", Printable(prefix), ": nested deeper than any key"));
  } else if (node.IsMap()) {
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        mistakes.push_back(Cat(origin, ": expected a name as key below '", Printable(prefix), "'"));
        continue;
      }
      Flatten(entry.second,
              prefix.empty() ? entry.first.Scalar() : Cat(prefix, ".", entry.first.Scalar()), name,
              depth + 1, choices, mistakes);
    }
  } else if (node.IsSequence()) {
    Choice choice{prefix, {}, origin};
    for (const auto& item : node) {
      if (item.IsScalar()) choice.values.push_back(item.Scalar());
    }
    choices.push_back(std::move(choice));
  } else if (node.IsScalar()) {
    choices.push_back({prefix, {node.Scalar()}, origin});
  } else if (!prefix.empty()) {
    mistakes.push_back(Cat(origin, ": ", Printable(prefix), ": expected a value, got nothing"));
  }
}

}  // namespace

Result<std::vector<Choice>> ParseConfigFile(std::string_view text, std::string_view name) {
  std::vector<Choice> choices;
  std::vector<std::string> mistakes;
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    if (root.IsDefined() && !root.IsNull() && !root.IsMap()) {
      mistakes.push_back(Cat(name, ":1: expected a mapping of keys, such as 'log: {level: info}'"));
    } else {
      Flatten(root, "", std::string(name), 0, choices, mistakes);
    }
  } catch (const YAML::Exception& error) {
    mistakes.push_back(Cat(name, ":", error.mark.line + 1, ": not YAML: ", Printable(error.msg)));
  }
  if (const auto made = MakeConfig(choices, {}); !made) mistakes.push_back(made.error().message);
  if (!mistakes.empty()) return Fail(ErrorCode::kInvalid, Joined(mistakes));
  return choices;
}

}  // namespace kdumpd
