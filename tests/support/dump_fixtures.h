// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zstd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/vmcore/byte_source.h"
#include "tests/support/sha256.h"

// Real dumps in a directory, with a manifest.json that says what each of them is.
namespace kdumpd {

// What a manifest says; nothing where it says nothing.
struct Fixture {
  std::string name;
  std::string kind;  // "whole", "damaged", "part" (of a split set), "log"
  std::vector<std::filesystem::path> files;
  std::optional<std::string> state, reason;
  std::optional<std::string> format, container, compression, architecture, release, node;
  std::optional<int> dump_level;
  std::optional<std::int64_t> crash_time;
  std::optional<std::uint32_t> cpus;
  std::optional<std::uint64_t> page_size;
  std::optional<std::string> log;         // as "dmesg --raw" without "<priority>"
  std::optional<std::string> log_sha256;  // of the same
};

inline std::string ReadWhole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// As we print what makedumpfile has printed: it pads the second and later lines of a record with
// blanks where we repeat the prefix, and extends the sign of bytes above 0x7f.
inline std::string AsWePrint(std::string_view text) {
  std::string out;
  std::string_view prefix;
  for (std::string_view line : Lines(text)) {
    if (line.starts_with('[')) {
      prefix = line.substr(0, line.find("] ") + 2);
    } else {
      line.remove_prefix(std::min(line.size(), prefix.size()));
      out += prefix;
    }
    out += Cat(line, '\n');
  }
  constexpr std::string_view kExtended = "\\xffffff";
  for (auto at = out.find(kExtended); at != out.npos; at = out.find(kExtended, at)) {
    out.erase(at + 2, 6);
  }
  return out;
}

template <class T>
std::optional<T> Value(const nlohmann::json& entry, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto at = entry.find(key);
    if (at != entry.end() && !at->is_null()) return at->get<T>();
  }
  return std::nullopt;
}

// "kdump flattened": the format, then how it is wrapped.
inline void ReadFormat(const nlohmann::json& entry, Fixture& fixture) {
  const auto format = Value<std::string>(entry, {"format"}).value_or("");
  const auto words = Words(format);
  if (words.size() == 1 || (words.size() == 2 && words[1] == "flattened")) {
    fixture.format = std::string(words[0]);
    fixture.container = words.size() == 2 ? std::string(words[1]) : "";
  }
  if (const auto container = Value<std::string>(entry, {"container"})) {
    fixture.container = container;
  }
}

// The text that a manifest names, or gives the hash of and lies beside the dump.
inline std::optional<std::string> LogText(const nlohmann::json& entry,
                                          const std::filesystem::path& directory,
                                          const std::filesystem::path& dump) {
  if (const auto name = Value<std::string>(entry, {"dmesg", "dmesg_file"})) {
    return ReadWhole(directory / *name);
  }
  const auto hash = Value<std::string>(entry, {"dmesg_sha256"});
  if (!hash) return std::nullopt;
  for (const auto& sibling : std::filesystem::directory_iterator(dump.parent_path())) {
    if (!sibling.path().filename().string().starts_with("dmesg.")) continue;
    std::string text = ReadWhole(sibling.path());
    if (Sha256::Of(text) == *hash) return text;
  }
  return std::nullopt;
}

inline void ReadLog(const nlohmann::json& entry, const std::filesystem::path& directory,
                    Fixture& fixture) {
  fixture.log = LogText(entry, directory, fixture.files.front());
  if (fixture.log) fixture.log = AsWePrint(*fixture.log);
  fixture.log_sha256 = Value<std::string>(entry, {"log_sha256", "dmesg_sha256"});
}

inline void ReadFacts(const nlohmann::json& entry, Fixture& fixture) {
  ReadFormat(entry, fixture);
  fixture.architecture = Value<std::string>(entry, {"architecture", "arch"});
  fixture.release = Value<std::string>(entry, {"kernel_release"});
  fixture.node = Value<std::string>(entry, {"node"});
  fixture.crash_time = Value<std::int64_t>(entry, {"crash_time", "vmcoreinfo_crashtime"});
  fixture.cpus = Value<std::uint32_t>(entry, {"cpus"});
  fixture.page_size = Value<std::uint64_t>(entry, {"page_size"});
  if (fixture.format == "elf") return;  // does not say what it left out
  fixture.compression = Value<std::string>(entry, {"compression"});
  fixture.dump_level = Value<int>(entry, {"dump_level", "level"});
}

inline Fixture ReadFixture(const nlohmann::json& entry, const std::filesystem::path& directory) {
  Fixture fixture;
  fixture.name = entry.at("file").get<std::string>();
  fixture.files = {directory / fixture.name};
  const auto complete = Value<bool>(entry, {"complete"});
  fixture.kind = !complete ? "log" : *complete ? "whole" : "damaged";
  fixture.state = Value<std::string>(entry, {"state"});
  fixture.reason = Value<std::string>(entry, {"reason"});
  // Without a word on its state, nothing is known of how much of a damaged dump is left.
  if (fixture.state || fixture.kind == "whole") {
    ReadFacts(entry, fixture);
    ReadLog(entry, directory, fixture);
  }
  return fixture;
}

// The files of a split set, given together, are whole; what one of them is depends on its share.
inline void AddSplitParts(Fixture fixture, std::vector<Fixture>& fixtures) {
  const std::filesystem::path first = fixture.files.front();
  std::vector<std::filesystem::path> files = {first};
  for (const auto& sibling : std::filesystem::directory_iterator(first.parent_path())) {
    const bool same = sibling.path().stem() == first.stem() && sibling.path() != first;
    if (same) files.push_back(sibling.path());
  }
  Fixture alone = fixture;
  fixture.files = files;
  fixture.name += " with the others";
  fixtures.push_back(fixture);
  alone.kind = "part";
  alone.log.reset();
  alone.log_sha256.reset();
  fixtures.push_back(alone);
}

// Every manifest.json at or below a directory.
inline std::vector<Fixture> ReadFixtures(const std::filesystem::path& top) {
  std::vector<Fixture> fixtures;
  for (const auto& file : std::filesystem::recursive_directory_iterator(top)) {
    if (file.path().filename() != "manifest.json") continue;
    const auto manifest = nlohmann::json::parse(ReadWhole(file.path()));
    for (const auto& entry : manifest.at("entries")) {
      Fixture fixture = ReadFixture(entry, file.path().parent_path());
      if (Value<int>(entry, {"parts"})) {
        AddSplitParts(std::move(fixture), fixtures);
      } else {
        fixtures.push_back(std::move(fixture));
      }
    }
  }
  return fixtures;
}

// A fixture's file; of a .zst what is in it, as a sparse file that is gone with the object.
class OpenFixture {
 public:
  explicit OpenFixture(const std::filesystem::path& path) {
    if (path.extension() == ".zst") {
      Unpack(path);
    } else {
      fd_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    }
    EXPECT_TRUE(fd_) << path;
    auto bytes = FileBytes::Open(fd_.get());
    EXPECT_TRUE(bytes) << path;
    if (bytes) bytes_ = std::make_unique<FileBytes>(*bytes);
  }
  [[nodiscard]] const ByteSource& bytes() const { return *bytes_; }

 private:
  void Unpack(const std::filesystem::path& path) {
    std::string name = ::testing::TempDir() + "/kdumpd.dump.XXXXXX";
    fd_ = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
    ::unlink(name.c_str());
    const std::string packed = ReadWhole(path);
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       &ZSTD_freeDCtx);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 27);
    std::vector<char> block(256 << 10);
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    off_t size = 0;
    for (bool more = true; more;) {
      ZSTD_outBuffer out{block.data(), block.size(), 0};
      const std::size_t left = ZSTD_decompressStream(context.get(), &out, &in);
      ASSERT_FALSE(ZSTD_isError(left)) << path << ": " << ZSTD_getErrorName(left);
      Put(block.data(), out.pos, size);
      size += static_cast<off_t>(out.pos);
      more = out.pos != 0 || (left != 0 && in.pos < in.size);
    }
    ASSERT_EQ(::ftruncate(fd_.get(), size), 0);
  }
  // Leaves out what is nothing but zeros.
  void Put(const char* bytes, std::size_t size, off_t at) const {
    constexpr std::size_t kPiece = 4096;
    for (std::size_t done = 0; done < size; done += kPiece) {
      const std::size_t piece = std::min(kPiece, size - done);
      const char* const from = bytes + done;
      const bool zeros = from[0] == 0 && std::memcmp(from, from + 1, piece - 1) == 0;
      if (zeros) continue;
      const auto written = ::pwrite(fd_.get(), from, piece, at + static_cast<off_t>(done));
      ASSERT_EQ(written, static_cast<ssize_t>(piece));
    }
  }

  UniqueFd fd_;
  std::unique_ptr<FileBytes> bytes_;
};

inline std::vector<OpenFixture> Open(const std::vector<std::filesystem::path>& files) {
  std::vector<OpenFixture> open;
  for (const auto& file : files) open.emplace_back(file);
  return open;
}

// The line of `text` where it begins to differ from `other`.
inline std::string FirstDifference(std::string_view text, std::string_view other) {
  const auto [at, unused] = std::ranges::mismatch(text, other);
  const auto begin = text.rfind('\n', static_cast<std::size_t>(at - text.begin()));
  const auto line = text.substr(begin == text.npos ? 0 : begin + 1);
  return Printable(line.substr(0, line.find('\n')), 120);
}

}  // namespace kdumpd
