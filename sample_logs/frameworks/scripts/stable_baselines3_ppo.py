"""Stable-Baselines3: PPO learns to balance a pole and is evaluated now and then."""

import gymnasium
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import EvalCallback
from stable_baselines3.common.monitor import Monitor


def main() -> None:
    watch = EvalCallback(Monitor(gymnasium.make("CartPole-v1")), eval_freq=1024, n_eval_episodes=5)
    model = PPO("MlpPolicy", "CartPole-v1", n_steps=512, seed=1, device="cpu", verbose=1)
    model.learn(6144, callback=watch)


if __name__ == "__main__":
    main()
