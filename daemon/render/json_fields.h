// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kdumpd {

// One object of the document. Remembers the first field that is not what it must be.
class JsonFields {
 public:
  JsonFields(const nlohmann::json& object, std::string& problem)
      : object_(object), problem_(problem) {}

  [[nodiscard]] std::string Text(const char* key) const {
    const nlohmann::json& value = At(key);
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_null()) Mistake(key);
    return {};
  }
  [[nodiscard]] bool Flag(const char* key) const {
    const nlohmann::json& value = At(key);
    if (!value.is_boolean() && !value.is_null()) Mistake(key);
    return value.is_boolean() && value.get<bool>();
  }
  template <class T>
  [[nodiscard]] std::optional<T> Number(const char* key) const {
    const nlohmann::json& value = At(key);
    if (value.is_null()) return std::nullopt;
    if (value.is_number_unsigned() && std::in_range<T>(value.get<std::uint64_t>())) {
      return static_cast<T>(value.get<std::uint64_t>());
    }
    const bool is_signed = value.is_number_integer() && !value.is_number_unsigned();
    if (is_signed && std::in_range<T>(value.get<std::int64_t>())) {
      return static_cast<T>(value.get<std::int64_t>());
    }
    Mistake(key);
    return std::nullopt;
  }
  template <class T>
  [[nodiscard]] T Count(const char* key) const {
    return Number<T>(key).value_or(T{});
  }
  // Of a number of seconds.
  [[nodiscard]] std::optional<std::uint64_t> Microseconds(const char* key) const;
  // RFC 3339 in the one shape that we write.
  [[nodiscard]] std::optional<std::int64_t> Time(const char* key) const;
  template <class Enum>
  [[nodiscard]] Enum OneOf(const char* key, int count) const {
    const std::string text = Text(key);
    for (int i = 0; i < count; ++i) {
      if (Name(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
    }
    Mistake(key);
    return Enum{};
  }
  // An object in it; null and nothing are an empty one.
  [[nodiscard]] JsonFields In(const char* key) const {
    static const nlohmann::json kEmpty = nlohmann::json::object();
    const nlohmann::json& value = At(key);
    if (!value.is_object() && !value.is_null()) Mistake(key);
    return {value.is_object() ? value : kEmpty, problem_};
  }
  // The objects of a list; null and nothing are an empty one. More than `most` are a mistake.
  template <class Take>
  void Each(const char* key, std::size_t most, Take take) const {
    const nlohmann::json& value = At(key);
    if (!IsList(key, most)) return;
    for (const nlohmann::json& item : value) {
      if (!item.is_object()) return Mistake(key);
      take(JsonFields(item, problem_));
    }
  }
  // The same of texts.
  [[nodiscard]] std::vector<std::string> Texts(const char* key, std::size_t most) const;
  [[nodiscard]] bool empty() const { return object_.empty(); }

 private:
  [[nodiscard]] bool IsList(const char* key, std::size_t most) const;
  [[nodiscard]] const nlohmann::json& At(const char* key) const {
    static const nlohmann::json kNull;
    const auto found = object_.find(key);
    return found == object_.end() ? kNull : *found;
  }
  void Mistake(const char* key) const {
    if (problem_.empty()) problem_ = key;
  }

  const nlohmann::json& object_;
  std::string& problem_;
};

}  // namespace kdumpd
