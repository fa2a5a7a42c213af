// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"

// What is read from the state directory.
namespace kdumpd {

// kNotFound: there is none.
[[nodiscard]] Result<UniqueFd> OpenStateDirectory(const std::string& path);
// The same directory once more, for a life or a lock of its own. `path`: what problems call it.
[[nodiscard]] Result<UniqueFd> OpenAgain(int directory, std::string_view path);

// One file there, and what is said of it when it is odd.
struct StateFile {
  int directory = -1;     // open
  std::string_view path;  // what notes and problems call the directory; "": nothing
  std::string name;
  std::size_t most = 0;  // bytes; a larger one is odd
  bool writer = false;   // else nothing is moved

  [[nodiscard]] std::string Named() const;  // "/var/lib/kdumpd/boots.json"
  // kInvalid also for what is no regular file.
  [[nodiscard]] Result<std::string> Text() const;
  // The note on a file of a newer schema.
  [[nodiscard]] std::string Newer(std::uint64_t schema, std::uint64_t ours) const;
  // Moves it to "<name>.corrupt", where the writer asks. The note on it.
  [[nodiscard]] std::string SetAside(std::string_view why) const;
};

// Nobody who knows what belongs there has left it; else it could not be read.
[[nodiscard]] bool IsOdd(const Error& error);
// Why a text of our schema, or of none, is set aside.
[[nodiscard]] std::string_view WhyCorrupt(std::string_view text);

template <class T>
struct FoundFile {
  std::optional<T> value;
  bool ours = true;  // false: of a newer schema, or it cannot be read: not ours to write
  std::string note;  // what is odd; "" nothing
};

// `parse` makes a ParsedFile of the text. Whatever is no file of ours is set aside, unless it is
// of a newer schema or cannot be read: then it is left untouched.
template <class Parse>
[[nodiscard]] auto ReadStateFile(const StateFile& file, std::uint64_t schema, const Parse& parse) {
  using Value = decltype(parse(std::string_view()).value);
  FoundFile<typename Value::value_type> found;
  const auto text = file.Text();
  if (!text) {
    const Error& error = text.error();
    if (error.code == ErrorCode::kNotFound) return found;
    found.ours = IsOdd(error);
    found.note = found.ours ? file.SetAside(error.message)
                            : file.Named() + ": " + error.message + "; left untouched";
    return found;
  }
  auto parsed = parse(std::string_view(*text));
  if (parsed.schema > schema) {
    found.ours = false;
    found.note = file.Newer(parsed.schema, schema);
  } else if (!parsed.value) {
    found.note = file.SetAside(WhyCorrupt(*text));
  }
  found.value = std::move(parsed.value);
  return found;
}

}  // namespace kdumpd
