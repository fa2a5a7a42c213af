// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "daemon/core/json_depth.h"
#include "daemon/host/json_reader.h"
#include "daemon/host/parsed_file.h"

// For the .cc files that know what a file of the state directory holds: those files are ours alone,
// and what other programs read is rendered elsewhere.
namespace kdumpd {

[[nodiscard]] inline std::string StoredText(const JsonReader::Json& json) {
  return json.dump(1, ' ', false, JsonReader::Json::error_handler_t::replace) + '\n';
}

// `take` is given the object of a file of our `schema`, and answers with what it holds or nothing.
// A file that nests deeper than `most_depth` is none.
template <class Take>
[[nodiscard]] auto ParseStored(std::string_view text, std::uint64_t schema, int most_depth,
                               const Take& take) {
  using Json = JsonReader::Json;
  ParsedFile<typename std::invoke_result_t<Take, const Json&>::value_type> parsed;
  if (NestsDeeper(text, most_depth)) return parsed;
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return parsed;
  const auto version = json.find("schema_version");
  if (version == json.end() || !version->is_number_unsigned()) return parsed;
  parsed.schema = version->template get<std::uint64_t>();
  if (parsed.schema == schema) parsed.value = take(json);
  return parsed;
}

}  // namespace kdumpd
