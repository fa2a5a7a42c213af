// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/unique_fd.h"
#include "daemon/ship/age.h"
#include "daemon/ship/decrypt.h"
#include "daemon/ship/source.h"
#include "tests/host/temporary_tree.h"
#include "tests/support/process.h"

// Files that are encrypted by us and by age, and opened by both.
namespace kdumpd {

// Of age-keygen, for these tests alone.
inline const std::string kRecipient =
    "age18zj2w3wt0fghjp0k58ccs8x53nx72f8s0uy8d3pm5034ff6awcpsxmtwk9";
inline const std::string kIdentity =
    "AGE-SECRET-KEY-1DD7Q9CL88HNUS3HSRZX03XTLWVRJ3GUK7GF8GQDY7E8EVMU4ACMQC8T080";
inline const std::string kOtherRecipient =
    "age1z2ajk7sh2xh6lc7vk24fxzfve3u9j5qe6z4w79u0nrpg8j5fm4ys6wukf6";
inline const std::string kOtherIdentity =
    "AGE-SECRET-KEY-1PQG5PYDALGYFY0WF664TJCLCL2DTF2JMZGZ3SYXD2XHZ4S5VM5HSD5ZVKW";

// The same noise each time.
inline std::string Noise(std::size_t bytes) {
  std::mt19937_64 random(bytes);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

// A file, and how it is encrypted.
struct Planned {
  std::string path;
  UniqueFd file;
  UploadPlan plan;

  [[nodiscard]] std::unique_ptr<Source> Open() const {
    auto source = OpenSource(file.get(), plan);
    if (!source) {
      ADD_FAILURE() << source.error().message;
      return TextSource("");
    }
    return *std::move(source);
  }
};

inline Planned PlanFile(const TemporaryTree& tree, std::string_view text,
                        const std::vector<std::string>& recipients = {kRecipient}) {
  tree.Write("plain", text);
  Planned planned{tree.path() + "/plain", {}, {}};
  planned.file.Reset(::open(planned.path.c_str(), O_RDONLY | O_CLOEXEC));
  UploadPlan plan;
  plan.mark = MarkOf(planned.file.get()).value();
  auto made = PlanEncryption(plan, recipients);
  EXPECT_TRUE(made) << made.error().message;
  if (made) planned.plan = *std::move(made);
  return planned;
}

// `count` bytes from `offset`, in one piece.
inline std::string Piece(Source& source, std::uint64_t offset, std::size_t count) {
  std::string text(count, '\0');
  const auto read = source.Read(offset, std::as_writable_bytes(std::span(text)));
  EXPECT_TRUE(read) << read.error().message;
  return text;
}
inline std::string Sealed(const Planned& planned) {
  const auto source = planned.Open();
  return Piece(*source, 0, source->bytes());
}

inline UniqueFd MemoryFile(std::string_view text) {
  UniqueFd file(::memfd_create("test", MFD_CLOEXEC));
  EXPECT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

// What we make of it: the text as far as it was written, and the error if there was one.
struct OpenedByUs {
  std::string text;
  std::optional<UploadError> error;
};
inline OpenedByUs OpenByUs(std::string_view sealed,
                           const std::vector<std::string>& identities = {kIdentity}) {
  const UniqueFd in = MemoryFile(sealed), out = MemoryFile("");
  const auto bytes = Decrypt(in.get(), out.get(), identities);
  OpenedByUs opened;
  if (!bytes) opened.error = bytes.error();
  opened.text.resize(static_cast<std::size_t>(::lseek(out.get(), 0, SEEK_CUR)));
  EXPECT_EQ(::pread(out.get(), opened.text.data(), opened.text.size(), 0),
            static_cast<ssize_t>(opened.text.size()));
  EXPECT_EQ(bytes.value_or(opened.text.size()), opened.text.size());
  return opened;
}

// What Debian's age makes of it; nothing when it refuses.
inline std::optional<std::string> OpenByAge(const TemporaryTree& tree, std::string_view sealed,
                                            std::string_view identity = kIdentity) {
  tree.Write("key.txt", identity);
  tree.Write("sealed.age", sealed);
  const std::string to = tree.path() + "/opened";
  std::filesystem::remove(to);
  Process age({"age", "-d", "-i", tree.path() + "/key.txt", "-o", to, tree.path() + "/sealed.age"},
              tree.path() + "/age.log");
  const auto status = age.Wait();
  EXPECT_TRUE(status && *status >= 0 && *status < 127) << "age does not run: " << age.Output();
  if (status != 0) return std::nullopt;
  return FileText(to);
}

inline std::string SealByAge(const TemporaryTree& tree, std::string_view text,
                             const std::vector<std::string>& options) {
  tree.Write("plain", text);
  std::vector<std::string> command{"age"};
  command.insert(command.end(), options.begin(), options.end());
  const std::string to = tree.path() + "/sealed.age";
  command.insert(command.end(), {"-o", to, tree.path() + "/plain"});
  Process age(command, tree.path() + "/age.log");
  EXPECT_EQ(age.Wait(), 0) << age.Output();
  return FileText(to);
}

}  // namespace kdumpd
