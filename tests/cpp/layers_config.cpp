#include "layers/config.h"

#include "layers/names.h"
#include "layers_testing.h"

namespace heddle {
namespace {

using test::expect_error;
using test::expect_value_error;
using test::options;

TEST(Config, KeepsTheOrderOfKeysAndPrintsJson) {
  Config config;
  config.set("b", 1);
  config.set("a", Config::Array{true, "x\"y", Config(), 0.25, -3.0});
  config.set("s", Config(Shape{kUnknown, 4}));
  config.set("empty", Config(Config::Object()));
  config.set("b", 2);
  EXPECT_EQ(to_string(config), R"({"b":2,"a":[true,"x\"y",null,0.25,-3],"s":[null,4],"empty":{}})");
  ASSERT_NE(config.find("b"), nullptr);
  EXPECT_EQ(*config.find("b")->as_number(), 2);
  EXPECT_EQ(config.find("c"), nullptr);
  EXPECT_EQ(Config(3).find("c"), nullptr);
}

TEST(Config, AppendsTheEntriesOfAnother) {
  Config config = options({{"a", 1}, {"b", 2}});
  config.append(options({{"b", 3}, {"c", 4}}));
  config.append(Config());
  EXPECT_EQ(to_string(config), R"({"a":1,"b":3,"c":4})");
}

TEST(Options, GivesValuesAndDefaults) {
  const Config config = options({{"flag", true},
                                 {"count", 3},
                                 {"rate", 0.5},
                                 {"word", "same"},
                                 {"pair", Config::Array{2, 3}},
                                 {"one", 4},
                                 {"shape", Config::Array{Config(), 5}},
                                 {"nothing", Config()}});
  Options reader(config, "test layer 'it'");
  EXPECT_TRUE(reader.flag("flag", false));
  EXPECT_TRUE(reader.flag("other", true));
  EXPECT_EQ(reader.integer("count", 1), 3);
  EXPECT_EQ(reader.integer("nothing", 1, 7), 7);
  EXPECT_EQ(reader.number("rate"), 0.5);
  EXPECT_EQ(reader.number("missing", 2.0), 2.0);
  EXPECT_EQ(reader.text("word"), "same");
  EXPECT_EQ(reader.choice("word", {"valid", "same"}, "valid"), "same");
  EXPECT_EQ(reader.choice("missing", {"valid", "same"}, "valid"), "valid");
  EXPECT_EQ(reader.integers("pair", 2, 1), (std::vector<int>{2, 3}));
  EXPECT_EQ(reader.integers("one", 2, 1), (std::vector<int>{4, 4}));
  EXPECT_EQ(reader.integers("missing", 2, 1, std::vector<int>{9, 9}), (std::vector<int>{9, 9}));
  EXPECT_EQ(*reader.shape("shape"), (Shape{kUnknown, 5}));
  EXPECT_FALSE(reader.shape("missing"));
  EXPECT_TRUE(reader.has("word"));
  EXPECT_FALSE(reader.has("nothing"));
  EXPECT_TRUE(reader.any("missing").is_null());
  EXPECT_NO_THROW(reader.not_yet("nothing"));
  EXPECT_NO_THROW(reader.finish());
}

TEST(Options, RefusesWrongValues) {
  const Config config = options({{"count", 2.5},
                                 {"small", 0},
                                 {"huge", 1e12},
                                 {"word", "other"},
                                 {"pair", Config::Array{1, 2, 3}},
                                 {"shape", Config::Array{-4}},
                                 {"number", "3"}});
  Options reader(config, "test layer 'it'");
  expect_value_error([&] { reader.integer("count", 1); },
                     "[test layer 'it'] option 'count' must be a positive integer, got 2.5");
  expect_value_error([&] { reader.integer("small", 1); }, "got 0");
  expect_value_error([&] { reader.integer("small", 2); }, "a whole number of at least 2");
  expect_value_error([&] { reader.integer("huge", 1); }, "got 1000000000000");
  expect_value_error([&] { reader.integer("missing", 1); }, "but it is missing");
  expect_value_error([&] { reader.flag("word", true); }, "true or false, got \"other\"");
  expect_value_error([&] { reader.choice("word", {"valid", "same"}, "valid"); },
                     "one of 'valid', 'same', got \"other\"");
  expect_value_error([&] { reader.integers("pair", 2, 1); }, "an array of 2 of them, got [1,2,3]");
  expect_value_error([&] { reader.shape("shape"); }, "got [-4]");
  expect_value_error([&] { reader.number("number"); }, "a number, got \"3\"");
  expect_value_error([&] { reader.text("count"); }, "a string, got 2.5");
  expect_value_error([&] { Options(Config(3), "test"); }, "options must be an object, got 3");
  const Config nan = options({{"rate", std::nan("")}});
  Options nan_reader(nan, "test");
  expect_value_error([&] { nan_reader.number("rate"); }, "a number, got NaN");
}

TEST(Options, RefusesWhatNobodyAskedFor) {
  const Config config = options({{"units", 3}, {"activaton", "relu"}, {"ignored", Config()}});
  Options reader(config, "Dense layer");
  reader.integer("units", 1);
  reader.any("activation");
  expect_value_error([&] { reader.finish(); },
                     "[Dense layer] there is no option 'activaton'. There are: units, activation");
}

TEST(Options, SaysWhatIsNotSupported) {
  const Config config = options({{"kernelRegularizer", "l1l2"}});
  Options reader(config, "Dense layer");
  expect_error<NotImplementedError>([&] { reader.not_yet("kernelRegularizer"); },
                                    "[Dense layer] option 'kernelRegularizer' is not supported");
}

TEST(Names, IgnoreCaseAndUnderscores) {
  EXPECT_TRUE(same_name("meanSquaredError", "mean_squared_error"));
  EXPECT_TRUE(same_name("meanSquaredError", "MeanSquaredError"));
  EXPECT_TRUE(same_name("gelu_new", "geluNew"));
  EXPECT_TRUE(same_name("", "_"));
  EXPECT_FALSE(same_name("relu", "relu6"));
  EXPECT_FALSE(same_name("relu6", "relu"));
  EXPECT_FALSE(same_name("sgd", "adam"));
}

TEST(Registry, NamesTheKnownLayers) {
  expect_value_error([] { make_layer("Foo", Config()); }, "Unknown layer: Foo. Known layers: ");
  expect_value_error([] { make_layer("Foo", Config()); }, "Dense");
  expect_value_error([] { test::layer("Dense", {{"name", "mine"}, {"units", 0}}); },
                     "[Dense layer 'mine'] option 'units' must be a positive integer, got 0");
  expect_value_error([] { test::layer("Dense", {{"units", 3}, {"unit", 4}}); },
                     "there is no option 'unit'");
}

}  // namespace
}  // namespace heddle
