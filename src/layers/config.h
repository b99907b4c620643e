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
  void set(const char* key, Config&& value);
  void set(const char* key, const Config& value) { set(key, Config(value)); }
  void set(const char* key, bool value);
  void set(const char* key, int value);
  void set(const char* key, double value);
  void set(const char* key, const char* value);
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
  bool has(const char* key);

  bool flag(const char* key, bool otherwise);
  /// A whole number of at least `minimum`. Here and below, an option without `otherwise` is
  /// required.
  int integer(const char* key, int minimum);
  int integer(const char* key, int minimum, int otherwise);
  double number(const char* key);
  double number(const char* key, double otherwise);
  std::string text(const char* key);
  std::string text(const char* key, const char* otherwise);
  /// One of the given words.
  std::string choice(const char* key, std::initializer_list<const char*> words,
                     const char* otherwise);
  /// `count` whole numbers of at least `minimum`; one number stands for all of them.
  std::vector<int> integers(const char* key, int count, int minimum,
                            std::optional<std::vector<int>> otherwise = {});
  /// A shape; null entries are unknown dimensions, others must be at least `minimum`.
  std::optional<Shape> shape(const char* key, int minimum = 1);
  /// Whatever was given, or null.
  const Config& any(const char* key);

  /// Throws NotImplementedError when the option is there and not null.
  void not_yet(const char* key);
  /// Throws ValueError for options that nothing above has asked for.
  void finish() const;

  [[noreturn]] void refuse(const char* key, const std::string& needed) const;

 private:
  const Config* lookup(const char* key);
  bool was_asked(std::string_view key) const;

  const Config& config_;
  std::string owner_;
  std::vector<std::string> asked_;
};

}  // namespace heddle
