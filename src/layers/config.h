#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tensor/error.h"
#include "tensor/shape.h"

namespace heddle {

/// A value of options and configurations: what JSON can say. Objects keep the order of their keys.
class Config {
 public:
  using Array = std::vector<Config>;
  using Object = std::vector<std::pair<std::string, Config>>;

  // Nothing here is inline: configurations are made in many places, and their code would be too.
  Config();  // null
  Config(bool value);
  Config(int value);
  Config(double value);
  Config(const char* value);
  Config(std::string value);
  Config(Array value);
  Config(Object value);
  Config(const Config& other);
  Config(Config&& other) noexcept;
  Config& operator=(const Config& other);
  Config& operator=(Config&& other) noexcept;
  ~Config();
  /// The dimensions, unknown ones as null.
  Config(const Shape& shape);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const bool* as_bool() const { return std::get_if<bool>(&value_); }
  const double* as_number() const { return std::get_if<double>(&value_); }
  const std::string* as_text() const { return std::get_if<std::string>(&value_); }
  const Array* as_array() const { return std::get_if<Array>(&value_); }
  const Object* as_object() const { return std::get_if<Object>(&value_); }

  /// The entry of an object, or null if there is none (or this is no object).
  const Config* find(std::string_view key) const;
  /// Adds an entry to an object (a null becomes an object).
  void set(std::string_view key, Config&& value);
  void set(std::string_view key, const Config& value) { set(key, Config(value)); }
  void set(std::string_view key, bool value);
  void set(std::string_view key, int value);
  void set(std::string_view key, double value);
  void set(std::string_view key, const char* value);
  /// Sets all the entries of another object, in its order.
  void append(const Config& object);

 private:
  std::variant<std::monostate, bool, double, std::string, Array, Object> value_;
};

/// The value as JSON text, for messages.
std::string to_string(const Config& config);

/// Reads the options of one thing, checks every one of them, and at the end refuses those that
/// nobody asked for. An option that is absent, null or undefined has its default. All errors are
/// ValueErrors that name the owner ("dense layer"), the option, what came and what is needed.
class Options {
 public:
  Options(const Config& config, std::string owner);

  const std::string& owner() const { return owner_; }
  bool has(std::string_view key);

  bool flag(std::string_view key, bool otherwise);
  /// A whole number of at least `minimum`. Without `otherwise` the option is required.
  int integer(std::string_view key, int minimum, std::optional<int> otherwise = {});
  double number(std::string_view key, std::optional<double> otherwise = {});
  std::string text(std::string_view key, std::optional<std::string_view> otherwise = {});
  /// One of the given words.
  std::string choice(std::string_view key, std::initializer_list<std::string_view> words,
                     std::string_view otherwise);
  /// `count` whole numbers of at least `minimum`; one number stands for all of them.
  std::vector<int> integers(std::string_view key, int count, int minimum,
                            std::optional<std::vector<int>> otherwise = {});
  /// A shape; null entries are unknown dimensions, others must be at least `minimum`.
  std::optional<Shape> shape(std::string_view key, int minimum = 1);
  /// Whatever was given, or null.
  const Config& any(std::string_view key);

  /// Throws NotImplementedError when the option is there and not null.
  void not_yet(std::string_view key);
  /// Throws ValueError for options that nothing above has asked for.
  void finish() const;

  [[noreturn]] void refuse(std::string_view key, std::string_view needed) const;

 private:
  const Config* lookup(std::string_view key);
  bool was_asked(std::string_view key) const;

  const Config& config_;
  std::string owner_;
  std::vector<std::string> asked_;
};

}  // namespace heddle
