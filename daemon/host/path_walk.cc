// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/path_walk.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr int kMaxLinks = 40;           // as the kernel's MAXSYMLINKS
constexpr std::size_t kMaxDepth = 128;  // one descriptor each while walking
constexpr int kPathFlags = O_PATH | O_NOFOLLOW | O_CLOEXEC;

// `beyond`: what the path still had to go, for the message.
Result<void> JudgeMounts(const PathTree& tree, const std::string& path,
                         std::string_view beyond = "") {
  const auto avoided = std::ranges::find_if(
      tree.avoid, [&](const std::string& point) { return OnOrBelow(path, point); });
  if (avoided == tree.avoid.end()) return {};
  while (beyond.ends_with('/')) beyond.remove_suffix(1);
  return Fail(ErrorCode::kUnreachable,
              Cat(path, beyond, " is on or below ", *avoided, ", which may hang (not touched)"));
}

// The descriptor that stands for the first component of a path when that lies elsewhere, else -1.
int Elsewhere(const PathTree& tree, std::string_view name) {
  if (name == "proc") return tree.proc;
  if (name == "sys") return tree.sys;
  return -1;
}

// One walk: a stack of open directories, so that '..' needs no trust in the directory's own '..'.
class Walk {
 public:
  Walk(const PathTree& tree, std::string_view path) : tree_(tree), asked_(path), rest_(path) {}

  Result<ResolvedPath> Run() {
    while (const auto name = Next()) {
      if (auto step = Step(*name); !step) return std::unexpected(std::move(step).error());
    }
    UniqueFd fd = stack_.empty() ? UniqueFd(openat(tree_.root, ".", O_PATH | O_CLOEXEC))
                                 : std::move(stack_.back().fd);
    if (!fd) return FailAt("/", errno);
    return ResolvedPath{std::move(fd), Name()};
  }

 private:
  struct Place {
    UniqueFd fd;
    std::string name;
  };

  [[nodiscard]] std::unexpected<Error> FailAt(std::string_view path, int number) const {
    return path == asked_ ? std::unexpected(SystemError(number)) : FailSystem(path, number);
  }

  std::optional<std::string> Next() {
    const auto begin = rest_.find_first_not_of('/');
    if (begin == std::string::npos) return std::nullopt;
    const auto end = std::min(rest_.find('/', begin), rest_.size());
    std::string name = rest_.substr(begin, end - begin);
    rest_.erase(0, end);
    return name;
  }

  [[nodiscard]] std::string Name() const {
    std::string path;
    for (const Place& place : stack_) path += Cat('/', place.name);
    return path.empty() ? "/" : path;
  }

  Result<void> Step(const std::string& name) {
    if (name == ".") return {};
    if (name == "..") {
      if (!stack_.empty()) stack_.pop_back();
      return {};
    }
    if (stack_.size() >= kMaxDepth) return FailAt(Name(), ENAMETOOLONG);
    const std::string path = Cat(stack_.empty() ? "" : Name(), '/', name);
    if (auto judged = JudgeMounts(tree_, path, rest_); !judged) return judged;
    UniqueFd fd = Descend(name);
    struct stat status{};
    if (!fd || fstat(fd.get(), &status) != 0) return FailAt(path, errno);
    if (S_ISLNK(status.st_mode)) return Follow(fd.get(), path);
    stack_.push_back({std::move(fd), name});
    return {};
  }

  [[nodiscard]] UniqueFd Descend(const std::string& name) const {
    if (!stack_.empty()) return UniqueFd(openat(stack_.back().fd.get(), name.c_str(), kPathFlags));
    const int elsewhere = Elsewhere(tree_, name);
    if (elsewhere >= 0) return UniqueFd(openat(elsewhere, ".", O_PATH | O_CLOEXEC));
    return UniqueFd(openat(tree_.root, name.c_str(), kPathFlags));
  }

  // Takes the link's text, never the kernel's jump: /proc/PID/root and its like lead nowhere
  // special.
  Result<void> Follow(int link, const std::string& path) {
    if (++links_ > kMaxLinks) return FailAt(path, ELOOP);
    std::array<char, PATH_MAX> buffer{};
    const ssize_t length = readlinkat(link, "", buffer.data(), buffer.size());
    if (length < 0) return FailAt(path, errno);
    const std::string_view target(buffer.data(), static_cast<std::size_t>(length));
    if (target.empty()) return FailAt(path, ENOENT);
    if (target.front() == '/') stack_.clear();
    rest_ = Cat(target, '/', rest_);
    return {};
  }

  const PathTree& tree_;
  std::string_view asked_;
  std::vector<Place> stack_;
  std::string rest_;
  int links_ = 0;
};

// One system call for a path without symbolic links and '..': there the lexical path is the
// resolved one. Nothing when it is not such a path or the kernel (before 5.6, or a seccomp filter)
// has no openat2: the walk then gives the answer, and the error.
std::optional<ResolvedPath> ResolvePlain(const PathTree& tree, const std::string& path) {
  if (path == "/") return std::nullopt;
  const std::string_view first = Split(path, '/')[1];
  const int elsewhere = Elsewhere(tree, first);
  std::string below = path.substr(elsewhere >= 0 ? 1 + first.size() : 0);
  below.insert(0, 1, '.');
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  const long fd =
      syscall(SYS_openat2, elsewhere >= 0 ? elsewhere : tree.root, below.c_str(), &how, sizeof how);
  if (fd < 0) return std::nullopt;
  return ResolvedPath{UniqueFd(static_cast<int>(fd)), path};
}

// Without empty and '.' components; nothing when there is a '..', which only a walk can resolve.
std::optional<std::string> Lexical(std::string_view path) {
  std::string out;
  for (const auto name : Split(path, '/')) {
    if (name == "..") return std::nullopt;
    if (!name.empty() && name != ".") out += Cat('/', name);
  }
  return out.empty() ? "/" : out;
}

}  // namespace

bool OnOrBelow(std::string_view path, std::string_view mount_point) {
  return path.starts_with(mount_point) &&
         (path.size() == mount_point.size() || path[mount_point.size()] == '/');
}

Result<ResolvedPath> ResolvePath(const PathTree& tree, std::string_view path) {
  if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) {
    return Fail(ErrorCode::kInvalid, "not an absolute path");
  }
  if (path.size() >= PATH_MAX) return std::unexpected(SystemError(ENAMETOOLONG));
  if (const auto lexical = Lexical(path)) {
    if (auto judged = JudgeMounts(tree, *lexical); !judged) {
      return std::unexpected(std::move(judged).error());
    }
    if (auto plain = ResolvePlain(tree, *lexical)) return *std::move(plain);
  }
  return Walk(tree, path).Run();
}

}  // namespace kdumpd
