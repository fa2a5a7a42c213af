// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/core/clean_text.h"

// For the .cc files that read what this daemon has stored.
namespace kdumpd {

// The value of an enum whose Name() it is; nothing for any other text.
template <class Enum>
std::optional<Enum> NamedBy(std::string_view name, int count) {
  for (int i = 0; i < count; ++i) {
    if (Name(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// Fields of one object; the first that is not what it must be spoils all.
class JsonReader {
 public:
  using Json = nlohmann::ordered_json;
  static constexpr std::size_t kTextBytes = 256;

  explicit JsonReader(const Json& object) : object_(object) {}
  [[nodiscard]] bool good() const { return good_; }
  void Spoil() { good_ = false; }

  template <class T>
  void Number(const char* key, T& value) {
    const Json* item = At(key);
    if (item == nullptr) return;
    const bool fits = item->is_number_integer() &&
                      (item->is_number_unsigned() ? std::in_range<T>(item->get<std::uint64_t>())
                                                  : std::in_range<T>(item->get<std::int64_t>()));
    if (fits) {
      value = item->get<T>();
    } else {
      Spoil();
    }
  }
  void Flag(const char* key, bool& value) {
    const Json* item = At(key);
    if (item == nullptr) return;
    if (!item->is_boolean()) return Spoil();
    value = item->get<bool>();
  }
  // Of later kinds of file: absent means that it is not so, or has not happened.
  void LaterFlag(const char* key, bool& value) {
    value = false;
    if (object_.contains(key)) Flag(key, value);
  }
  void LaterTime(const char* key, std::int64_t& value) {
    if (object_.contains(key)) Number(key, value);
  }
  void Text(const char* key, std::string& value) { value = CleanText(String(key), kTextBytes); }
  template <class Enum>
  void OneOf(const char* key, int count, Enum& value) {
    const auto named = NamedBy<Enum>(String(key), count);
    if (!named) Spoil();
    value = named.value_or(Enum{});
  }
  // Null for null.
  [[nodiscard]] const Json* Object(const char* key) {
    const Json* item = At(key);
    if (item == nullptr || item->is_null()) return nullptr;
    if (!item->is_object()) Spoil();
    return item->is_object() ? item : nullptr;
  }

 protected:
  std::string String(const char* key) {
    const Json* item = At(key);
    if (item != nullptr && item->is_string()) return item->get<std::string>();
    Spoil();
    return {};
  }

 private:
  const Json* At(const char* key) {
    const auto found = object_.find(key);
    if (found != object_.end()) return &*found;
    Spoil();
    return nullptr;
  }

  const Json& object_;
  bool good_ = true;
};

}  // namespace kdumpd
