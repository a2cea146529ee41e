/* scene_things.c: the things of scenes: drawn in the shipped styles, with a short name in both languages, and told apart at a glance. */
#include "mm/scenes.h"

const ThingKindName mm_thing_kinds[MM_THING_KINDS] = {
    {"animal", "animals", "动物"}, {"food", "foods", "食物"}, {"object", "objects", "物品"}, {"vehicle", "vehicles", "交通工具"}};

/* clang-format off */
const Thing mm_things[] = {
    {"1F415", MM_ANIMAL, "dog", "dogs", "狗", "只", "animals/mammals/dogs/dog.png"},
    {"1F408", MM_ANIMAL, "cat", "cats", "猫", "只", ""},
    {"1F405", MM_ANIMAL, "tiger", "tigers", "老虎", "只", "animals/mammals/cats/tiger.png"},
    {"1F40E", MM_ANIMAL, "horse", "horses", "马", "匹", "animals/mammals/equines/horse.png"},
    {"1F404", MM_ANIMAL, "cow", "cows", "奶牛", "头", "animals/mammals/bovines/cow.png"},
    {"1F416", MM_ANIMAL, "pig", "pigs", "猪", "头", "animals/mammals/pig.png"},
    {"1F410", MM_ANIMAL, "goat", "goats", "山羊", "只", "animals/mammals/bovines/goat.png"},
    {"1F42A", MM_ANIMAL, "camel", "camels", "骆驼", "头", "animals/mammals/camel/camel.png"},
    {"1F418", MM_ANIMAL, "elephant", "elephants", "大象", "头", "animals/mammals/elephant.png"},
    {"1F407", MM_ANIMAL, "rabbit", "rabbits", "兔子", "只", "animals/mammals/rodents/rabbit.png"},
    {"1F427", MM_ANIMAL, "penguin", "penguins", "企鹅", "只", "animals/birds/penguin.png"},
    {"1F438", MM_ANIMAL, "frog", "frogs", "青蛙", "只", "animals/amphibians/frog.png"},
    {"1F40B", MM_ANIMAL, "whale", "whales", "鲸鱼", "头", "animals/mammals/aquatic/whale.png"},
    {"1F42C", MM_ANIMAL, "dolphin", "dolphins", "海豚", "只", "animals/mammals/aquatic/dolphin.png"},
    {"1F34C", MM_FOOD, "banana", "bananas", "香蕉", "根", "food/fruit/banana.png"},
    {"1F34D", MM_FOOD, "pineapple", "pineapples", "菠萝", "个", "food/fruit/pineapple.png"},
    {"1F34E", MM_FOOD, "apple", "apples", "苹果", "个", "food/fruit/apple_red.png"},
    {"1F353", MM_FOOD, "strawberry", "strawberries", "草莓", "颗", "food/fruit/strawberry.png"},
    {"1F346", MM_FOOD, "eggplant", "eggplants", "茄子", "根", "food/vegetables/eggplant.png"},
    {"1F355", MM_FOOD, "pizza", "pizzas", "披萨", "块", ""},
    {"1F354", MM_FOOD, "hamburger", "hamburgers", "汉堡", "个", ""},
    {"1F369", MM_FOOD, "doughnut", "doughnuts", "甜甜圈", "个", ""},
    {"1F344", MM_FOOD, "mushroom", "mushrooms", "蘑菇", "朵", "food/vegetables/mushroom.png"},
    {"1F347", MM_FOOD, "bunch of grapes", "bunches of grapes", "葡萄", "串", ""},
    {"1F3C0", MM_OBJECT, "basketball", "basketballs", "篮球", "个", "sports/basketball.png"},
    {"1F3BA", MM_OBJECT, "trumpet", "trumpets", "小号", "把", "hobbies/music/brass/trumpet.png"},
    {"1F3BB", MM_OBJECT, "violin", "violins", "小提琴", "把", "hobbies/music/string/violin.png"},
    {"1F4F7", MM_OBJECT, "camera", "cameras", "相机", "台", "hobbies/camera_35mm.png"},
    {"1F511", MM_OBJECT, "key", "keys", "钥匙", "把", "household/key.png"},
    {"1F528", MM_OBJECT, "hammer", "hammers", "锤子", "把", "household/tools/hammer.png"},
    {"1F527", MM_OBJECT, "wrench", "wrenches", "扳手", "把", "household/tools/wrench.png"},
    {"1F6AA", MM_OBJECT, "door", "doors", "门", "扇", ""},
    {"1F4D5", MM_OBJECT, "book", "books", "书", "本", ""},
    {"1F381", MM_OBJECT, "present", "presents", "礼物", "件", ""},
    {"1F339", MM_OBJECT, "rose", "roses", "玫瑰", "朵", "plants/flowers/rose.png"},
    {"1F697", MM_VEHICLE, "car", "cars", "汽车", "辆", ""},
    {"1F68C", MM_VEHICLE, "bus", "buses", "公共汽车", "辆", ""},
    {"1F6B2", MM_VEHICLE, "bicycle", "bicycles", "自行车", "辆", ""},
    {"1F680", MM_VEHICLE, "rocket", "rockets", "火箭", "枚", ""},
    {"2708", MM_VEHICLE, "airplane", "airplanes", "飞机", "架", "vehicles/flight/planes/747.png"},
};
/* clang-format on */

_Static_assert(sizeof mm_things / sizeof *mm_things == MM_THINGS, "MM_THINGS is their number");
