// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/shell_assignments.h"

#include <algorithm>
#include <utility>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxRemarks = 200;
constexpr std::size_t kMaxNameBytes = 64;

bool IsNameCharacter(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  ShellText Read() {
    while (!AtEnd()) ReadCommand();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool AtEnd() const { return at_ >= text_.size(); }
  [[nodiscard]] char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  char Take() {
    const char c = text_[at_++];
    if (c == '\n') ++line_;
    return c;
  }
  void Remark(int line, ShellOddity oddity) {
    if (result_.remarks.size() >= kMaxRemarks) return;
    result_.remarks.push_back({line, oddity, name_.substr(0, kMaxNameBytes)});
  }

  // One command: any number of assignments, then perhaps words, up to ';' or the end of the line.
  void ReadCommand() {
    name_.clear();
    exported_ = false;
    const std::size_t before = result_.assignments.size();
    bool told = false;
    for (;;) {
      SkipBlanks();
      if (AtEnd() || Peek() == '\n' || Peek() == ';') break;
      if (Peek() == '#') {
        SkipComment();
        break;
      }
      const int line = line_;
      if (!told && ReadAssignment()) continue;
      if (!std::exchange(told, true)) RemarkCommand(line, before);
      (void)ReadWord();
      // An operator that no word takes.
      if (!AtEnd() && std::string_view("&|<>").find(Peek()) != std::string_view::npos) Take();
    }
    if (!AtEnd()) Take();
  }

  void SkipBlanks() {
    for (;;) {
      if (!AtEnd() && (Peek() == ' ' || Peek() == '\t')) {
        Take();
      } else if (Peek() == '\\' && Peek(1) == '\n') {
        Take();
        Take();
      } else {
        return;
      }
    }
  }

  void SkipComment() {
    while (!AtEnd() && Peek() != '\n') Take();
  }

  void RemarkCommand(int line, std::size_t before) {
    if (!name_.empty() && !exported_) {
      Remark(line, ShellOddity::kExtraWords);
      result_.assignments.resize(before);
      return;
    }
    // NAME = value: the name is the command. Nothing else of the line is shown, it may be a secret.
    const std::size_t end = NameEnd();
    const auto next = text_.find_first_not_of(" \t", end);
    if (end > at_ && next != std::string_view::npos && text_[next] == '=') {
      name_ = text_.substr(at_, end - at_);
    }
    Remark(line, ShellOddity::kCommand);
    name_.clear();
  }

  [[nodiscard]] std::size_t NameEnd() const {
    std::size_t end = at_;
    if (Peek() >= '0' && Peek() <= '9') return end;
    while (end < text_.size() && IsNameCharacter(text_[end])) ++end;
    return end;
  }

  bool ReadAssignment() {
    const std::size_t end = NameEnd();
    const std::string_view name = text_.substr(at_, end - at_);
    const std::string_view rest = text_.substr(end);
    if (name == "export" && rest.starts_with(' ')) {
      at_ = end;
      exported_ = true;
      Remark(line_, ShellOddity::kExport);
      return true;
    }
    const bool append = rest.starts_with("+=");
    if (name.empty() || (!append && !rest.starts_with('='))) return false;
    ShellAssignment assignment{line_, std::string(name), {}, append};
    name_ = name;
    if (append) Remark(line_, ShellOddity::kAppend);
    at_ = end + (append ? 2 : 1);
    assignment.value = ReadWord();
    result_.assignments.push_back(std::move(assignment));
    return true;
  }

  // Up to an unquoted blank or operator.
  std::string ReadWord() {
    std::string word;
    while (!AtEnd() && std::string_view(" \t\n;&|<>").find(Peek()) == std::string_view::npos) {
      const int line = line_;
      const char c = Take();
      if (c == '\'') {
        ReadSingleQuoted(word, line);
      } else if (c == '"') {
        ReadDoubleQuoted(word, line);
      } else if (c == '\\') {
        ReadEscaped(word);
      } else {
        ReadPlain(word, c, line);
      }
    }
    return word;
  }

  void ReadSingleQuoted(std::string& word, int line) {
    const auto end = text_.find('\'', at_);
    if (end == std::string_view::npos) Remark(line, ShellOddity::kUnbalancedQuote);
    while (!AtEnd() && at_ != end) word += Take();
    if (!AtEnd()) Take();
  }

  void ReadDoubleQuoted(std::string& word, int line) {
    while (!AtEnd() && Peek() != '"') {
      const char c = Take();
      const bool escape =
          c == '\\' && std::string_view("$`\"\\\n").find(Peek()) != std::string_view::npos;
      if (escape && !AtEnd()) {
        ReadEscaped(word);
      } else {
        ReadExpansion(word, c, line);
      }
    }
    if (AtEnd()) {
      Remark(line, ShellOddity::kUnbalancedQuote);
    } else {
      Take();
    }
  }

  void ReadEscaped(std::string& word) {
    if (AtEnd()) return;
    const char c = Take();
    if (c != '\n') word += c;
  }

  void ReadPlain(std::string& word, char c, int line) {
    if (c == '(' || c == ')') {
      Remark(line, ShellOddity::kParenthesis);
      word += c;
      if (c == '(') TakeThrough(word, '(', ')');
    } else {
      ReadExpansion(word, c, line);
    }
  }

  // `c` was just taken, inside double quotes or outside of any.
  void ReadExpansion(std::string& word, char c, int line) {
    word += c;
    if (c == '`') {
      Remark(line, ShellOddity::kCommandSubstitution);
      TakeThrough(word, '\0', '`');
    } else if (c == '$' && Peek() == '(') {
      Remark(line, ShellOddity::kCommandSubstitution);
      word += Take();
      TakeThrough(word, '(', ')');
    } else if (c == '$' && (Peek() == '{' || IsNameCharacter(Peek()))) {
      Remark(line, ShellOddity::kExpansion);
    }
  }

  // To the `close` that matches an `open` just taken, on this line at the furthest.
  void TakeThrough(std::string& word, char open, char close) {
    for (int depth = 1; depth > 0 && !AtEnd() && Peek() != '\n';) {
      const char c = Take();
      word += c;
      if (c == close) {
        --depth;
      } else if (c == open) {
        ++depth;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::string name_;       // the variable being assigned
  bool exported_ = false;  // this command is `export`
  ShellText result_;
};

// The CRs at line ends go; the line of the first one, 0 for none.
int RemoveCarriageReturns(std::string& text) {
  std::string out;
  int line = 1;
  int first = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends = i + 1 == text.size() || text[i + 1] == '\n';
    if (text[i] == '\n') ++line;
    if (text[i] == '\r' && ends) {
      if (first == 0) first = line;
    } else {
      out += text[i];
    }
  }
  text = std::move(out);
  return first;
}

}  // namespace

ShellText ReadShellAssignments(std::string_view text) {
  std::string copy(text);
  const int crlf = RemoveCarriageReturns(copy);
  ShellText result = Lexer(copy).Read();
  if (crlf != 0) result.remarks.insert(result.remarks.begin(), {crlf, ShellOddity::kCrlf, ""});
  return result;
}

}  // namespace kdumpd
