// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/grub_config.h"

#include <algorithm>
#include <utility>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kSignature = "# GRUB Environment Block\n";
constexpr std::size_t kMaxVariables = 256;
constexpr std::size_t kMaxItems = 1000;
constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxExpanded = 64 << 10;

bool IsNameCharacter(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

using Command = std::vector<std::string>;

// Commands in GRUB's shell-like language: words, quotes, comments. '{' and '}' that stand alone end
// a command.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // The next command with words; none at the end.
  std::optional<Command> Next() {
    Command command;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\r') {
        ++at_;
      } else if (text_.substr(at_).starts_with("\\\n")) {
        at_ += 2;
      } else if (c == '\n' || c == ';') {
        ++at_;
        if (!command.empty()) return command;
      } else if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        command.push_back(ReadWord());
        if (command.back() == "{" || command.back() == "}") return command;
      }
    }
    if (command.empty()) return std::nullopt;
    return command;
  }

 private:
  std::string ReadWord() {
    std::string word;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (std::string_view(" \t\r\n;").find(c) != std::string_view::npos) break;
      ++at_;
      if (c == '\'') {
        const auto end = std::min(text_.find('\'', at_), text_.size());
        word += text_.substr(at_, end - at_);
        at_ = std::min(end + 1, text_.size());
      } else if (c == '"') {
        ReadDoubleQuoted(word);
      } else if (c == '\\') {
        ReadEscaped(word);
      } else {
        word += c;
      }
    }
    return word;
  }

  void ReadDoubleQuoted(std::string& word) {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return;
      const bool escapes = c == '\\' && at_ < text_.size() &&
                           std::string_view("$\"\\\n").find(text_[at_]) != std::string_view::npos;
      if (escapes) {
        ReadEscaped(word);
      } else {
        word += c;
      }
    }
  }

  // A backslash was just taken.
  void ReadEscaped(std::string& word) {
    if (at_ >= text_.size()) return;
    const char c = text_[at_++];
    if (c != '\n') word += c;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The words after the title: --id X, or $menuentry_id_option X.
std::string IdIn(const Command& command) {
  for (std::size_t i = 2; i + 1 < command.size(); ++i) {
    if (command[i].starts_with("--id=")) return command[i].substr(5);
    if (command[i] == "--id" || command[i] == "$menuentry_id_option" ||
        command[i] == "${menuentry_id_option}") {
      return command[i + 1];
    }
  }
  return {};
}

class MenuReader {
 public:
  GrubMenu Read(std::string_view text) {
    Lexer lexer(text);
    open_.push_back({&menu_.items, nullptr});
    while (auto command = lexer.Next()) {
      const bool branch = command->front() == "then" || command->front() == "else";
      if (branch) command->erase(command->begin());
      if (!command->empty()) Take(*command);
    }
    return std::move(menu_);
  }

 private:
  // A block that is open: where items go (null: a function's body), and the item it belongs to.
  struct Block {
    std::vector<GrubItem>* items = nullptr;
    GrubItem* item = nullptr;
  };

  void Take(const Command& command) {
    const std::string& verb = command.front();
    if (verb == "}") {
      if (open_.size() > 1) open_.pop_back();
    } else if (command.back() == "{") {
      OpenBlock(command);
    } else if (verb == "set" && open_.size() == 1 && command.size() > 1) {
      TakeSet(command[1]);
    } else if (verb == "blscfg") {
      menu_.blscfg = menu_.blscfg || open_.size() == 1;
    } else if (verb == "linux" || verb == "linuxefi" || verb == "linux16") {
      TakeKernel(command);
    }
  }

  // A block that is too deep or one too many is stepped over, its '}' is not.
  void OpenBlock(const Command& command) {
    const bool submenu = command.front() == "submenu";
    Block block;
    auto* const items = open_.back().items;
    const bool named = (submenu || command.front() == "menuentry") && command.size() > 2;
    if (named && items != nullptr && open_.size() <= kMaxDepth && count_ < kMaxItems) {
      ++count_;
      GrubItem& item = items->emplace_back();
      item.title = command[1];
      item.id = IdIn(command);
      item.submenu = submenu;
      block.item = submenu ? nullptr : &item;
      block.items = submenu ? &item.items : nullptr;
    }
    open_.push_back(block);
  }

  // `set default="${next_entry}"` stands in the branch for a choice that counts once.
  void TakeSet(std::string_view assignment) {
    const auto equals = assignment.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view name = assignment.substr(0, equals);
    const std::string_view value = assignment.substr(equals + 1);
    if (name == "default") {
      const bool once = value == "${next_entry}" || value == "$next_entry";
      menu_.once = menu_.once || once;
      if (!once) menu_.default_choice = value;
    } else if (menu_.variables.size() < kMaxVariables) {
      menu_.variables.insert_or_assign(std::string(name), std::string(value));
    }
  }

  void TakeKernel(const Command& command) {
    GrubItem* const item = open_.back().item;
    if (item == nullptr || command.size() < 2) return;
    std::string arguments;
    for (std::size_t i = 2; i < command.size(); ++i) {
      arguments += Cat(arguments.empty() ? "" : " ", command[i]);
    }
    item->ambiguous = item->ambiguous || (!item->kernel.empty() && item->arguments != arguments);
    item->kernel = command[1];
    item->arguments = std::move(arguments);
  }

  GrubMenu menu_;
  std::vector<Block> open_;
  std::size_t count_ = 0;
};

// A backslash stands for the character behind it.
std::string Unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

}  // namespace

std::optional<GrubVariables> ParseGrubEnvironment(std::string_view block) {
  if (!block.starts_with(kSignature)) return std::nullopt;
  GrubVariables variables;
  for (const std::string_view line : Lines(block.substr(kSignature.size()))) {
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    if (variables.size() == kMaxVariables) break;
    variables.insert_or_assign(std::string(line.substr(0, equals)),
                               Unescaped(line.substr(equals + 1)));
  }
  return variables;
}

std::string ExpandGrubVariables(std::string_view text, const GrubVariables& variables) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < kMaxExpanded;) {
    if (text[i] != '$') {
      out += text[i++];
      continue;
    }
    const bool braced = text.substr(i + 1).starts_with('{');
    const std::size_t begin = i + (braced ? 2 : 1);
    std::size_t end = begin;
    while (end < text.size() && IsNameCharacter(text[end])) ++end;
    const bool closed = !braced || text.substr(end).starts_with('}');
    if (end == begin || !closed) {  // a lone '$' stays
      out += text[i++];
      continue;
    }
    const auto found = variables.find(text.substr(begin, end - begin));
    if (found != variables.end()) out += found->second;
    i = end + (braced ? 1 : 0);
  }
  return out;
}

GrubMenu ParseGrubConfig(std::string_view text) { return MenuReader().Read(text); }

const GrubItem* ChooseItem(const std::vector<GrubItem>& items, std::string_view choice) {
  const auto* level = &items;
  for (;;) {
    if (level->empty()) return nullptr;
    const auto arrow = choice.find('>');
    const std::string_view name = choice.substr(0, arrow);
    const auto number = ParseUnsigned(name);
    auto item = level->begin();
    if (number && *number < level->size()) item += static_cast<std::ptrdiff_t>(*number);
    const auto named = std::ranges::find_if(
        *level, [&](const GrubItem& i) { return i.title == name || i.id == name; });
    if (!number && named != level->end()) item = named;
    if (!item->submenu) return &*item;
    if (arrow == std::string_view::npos) return nullptr;
    choice = choice.substr(arrow + 1);
    level = &item->items;
  }
}

}  // namespace kdumpd
