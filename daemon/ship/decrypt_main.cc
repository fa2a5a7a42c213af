// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/decrypt_main.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/ship/decrypt.h"

namespace kdumpd {
namespace {

constexpr int kUsage = 64;
constexpr std::string_view kHelp =
    "usage: decrypt -i|--identity FILE... [-o|--output FILE] [INPUT]\n"
    "Opens what was encrypted to the public key of an identity (age-keygen).\n";

struct Wanted {
  std::vector<std::string> identity_files;
  std::optional<std::string> output, input;
  bool help = false;
};

bool Is(std::string_view argument, std::string_view brief, std::string_view whole) {
  return argument == brief || argument == whole;
}

// The value of "--name=VALUE"; or of the next argument.
std::optional<std::string> ValueOf(std::string_view argument, std::string_view brief,
                                   std::string_view whole, std::span<char* const>& rest) {
  if (argument.starts_with(whole) && argument.substr(whole.size()).starts_with('=')) {
    return std::string(argument.substr(whole.size() + 1));
  }
  if (!Is(argument, brief, whole) || rest.empty()) return std::nullopt;
  std::string value = rest.front();
  rest = rest.subspan(1);
  return value;
}

std::expected<Wanted, std::string> Parse(std::span<char* const> rest) {
  Wanted wanted;
  bool options = true;
  while (!rest.empty()) {
    const std::string_view argument = rest.front();
    rest = rest.subspan(1);
    if (options && argument == "--") {
      options = false;
    } else if (options && Is(argument, "-h", "--help")) {
      wanted.help = true;
    } else if (auto file = options ? ValueOf(argument, "-i", "--identity", rest) : std::nullopt) {
      wanted.identity_files.push_back(*std::move(file));
    } else if (auto to = options ? ValueOf(argument, "-o", "--output", rest) : std::nullopt) {
      if (wanted.output) return std::unexpected("more than one output");
      wanted.output = *std::move(to);
    } else if (options && argument.starts_with('-') && argument != "-") {
      const bool ours = Is(argument, "-i", "--identity") || Is(argument, "-o", "--output");
      return std::unexpected(
          Cat(ours ? "a file is missing behind " : "there is no option ", Printable(argument)));
    } else if (wanted.input) {
      return std::unexpected("more than one input");
    } else {
      wanted.input = argument;
    }
  }
  if (!wanted.help && wanted.identity_files.empty()) {
    return std::unexpected("no --identity: the file with the secret key");
  }
  return wanted;
}

std::unexpected<std::string> SystemFailed(std::string_view what, std::string_view name) {
  return std::unexpected(
      Cat(what, ' ', Printable(name), ": ", std::system_category().message(errno)));
}

// A file beside its final name, gone unless it was kept.
class NewFile {
 public:
  static std::expected<NewFile, std::string> Make(const std::string& name) {
    struct stat there{};
    if (::stat(name.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
      return std::unexpected(Cat(Printable(name), " is there and is no regular file"));
    }
    std::string temporary = Cat(name, ".XXXXXX");
    UniqueFd file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file) return SystemFailed("making", temporary);
    return NewFile(std::move(file), name, std::move(temporary));
  }
  NewFile(NewFile&& other) noexcept
      : file_(std::move(other.file_)),
        name_(std::move(other.name_)),
        temporary_(std::exchange(other.temporary_, {})) {}
  NewFile& operator=(NewFile&&) = delete;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  [[nodiscard]] int get() const { return file_.get(); }
  std::expected<void, std::string> Keep() {
    if (::fsync(file_.get()) != 0) return SystemFailed("writing", temporary_);
    if (::rename(temporary_.c_str(), name_.c_str()) != 0) return SystemFailed("naming", name_);
    temporary_.clear();
    return {};
  }

 private:
  NewFile(UniqueFd file, std::string name, std::string temporary)
      : file_(std::move(file)), name_(std::move(name)), temporary_(std::move(temporary)) {}
  UniqueFd file_;
  std::string name_, temporary_;
};

std::expected<void, std::string> Run(const Wanted& wanted) {
  std::vector<std::string> identities;
  for (const std::string& file : wanted.identity_files) {
    auto read = ReadIdentities(file);
    if (!read) return std::unexpected(read.error().message);
    identities.insert(identities.end(), read->begin(), read->end());
  }
  const std::string input = wanted.input.value_or("-");
  UniqueFd opened;
  if (input != "-") {
    opened.Reset(::open(input.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!opened) return SystemFailed("opening", input);
  }
  const int in = input == "-" ? STDIN_FILENO : opened.get();
  const auto decrypt = [&](int out) -> std::expected<void, std::string> {
    if (auto bytes = Decrypt(in, out, identities); !bytes) {
      return std::unexpected(
          Cat(input == "-" ? "standard input" : Printable(input), ": ", bytes.error().message));
    }
    return {};
  };
  if (!wanted.output && ::isatty(STDOUT_FILENO) == 1) {
    return std::unexpected("the output would go to a terminal: name a file with --output");
  }
  if (wanted.output.value_or("-") == "-") return decrypt(STDOUT_FILENO);
  auto file = NewFile::Make(*wanted.output);
  if (!file) return std::unexpected(file.error());
  if (auto done = decrypt(file->get()); !done) return done;
  return file->Keep();
}

void Say(std::string_view message) {
  std::fprintf(stderr, "kdumpd: decrypt: %s\n", std::string(message).c_str());
}

}  // namespace

int RunDecrypt(std::span<char* const> arguments) {
  const auto wanted = Parse(arguments);
  if (!wanted) {
    Say(wanted.error());
    std::fputs(std::string(kHelp).c_str(), stderr);
    return kUsage;
  }
  if (wanted->help) {
    std::fputs(std::string(kHelp).c_str(), stdout);
    return EXIT_SUCCESS;
  }
  if (auto done = Run(*wanted); !done) {
    Say(done.error());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace kdumpd
